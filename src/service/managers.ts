/**
 * Which platform has which services.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { createLaunchd } from "./launchd.ts";
import type { ServiceManager } from "./setup.ts";
import { createSystemd } from "./systemd.ts";
import { createTaskScheduler } from "./task_scheduler.ts";

/** What decides it. */
export interface Machine {
  readonly os: typeof Deno.build.os;
  readonly env: (name: string) => string | undefined;
  /** The user's number; `null` on Windows. */
  readonly uid: number | null;
}

/** The services of this machine. Throws `usage` where there are none, or where the environment names no home. */
export function managerOf({ os, env, uid }: Machine): ServiceManager {
  const needed = (name: string) => {
    const value = env(name);
    if (value) return value;
    throw new LanspreadError("usage", `service: ${name} is not set, so it is not known whose service it is`);
  };
  switch (os) {
    case "linux":
      return createSystemd({ home: needed("HOME"), config_home: env("XDG_CONFIG_HOME") });
    case "darwin":
      return createLaunchd({ home: needed("HOME"), uid: uid ?? 0 });
    case "windows": {
      const domain = env("USERDOMAIN");
      const name = needed("USERNAME");
      return createTaskScheduler({
        local_app_data: needed("LOCALAPPDATA"),
        program_data: needed("ProgramData"),
        user: domain ? `${domain}\\${name}` : name,
      });
    }
    default:
      throw new LanspreadError("usage", `service: lanspread knows no services of ${os}`);
  }
}
