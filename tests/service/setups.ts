/**
 * Services for tests.
 *
 * @module
 */

import type { Owner } from "../../src/service/plan.ts";
import type { ServiceSetup } from "../../src/service/setup.ts";

/** Who runs the services of the machine. */
export const OWNER: Owner = { uid: 1000, gid: 1001 };

/** A setup with folders that hold spaces and more; `over` replaces parts of it. */
export function setupWith(over: Partial<ServiceSetup> = {}): ServiceSetup {
  return {
    scope: "user",
    program: ["/usr/local/bin/lanspread"],
    state_dir: "/var/lib/lanspread",
    game_dir: '/srv/my games/100% "fun" $HOME \\o/',
    log_file: undefined,
    config_file: "/var/lib/lanspread/config.json",
    config: "{}\n",
    owner: OWNER,
    present: undefined,
    present_config: "{}\n",
    ...over,
  };
}
