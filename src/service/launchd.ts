/**
 * macOS: an agent of the user's launchd. Pure.
 *
 * Non-goals: a daemon of the machine; a Mac at a party has somebody who is logged in.
 *
 * Source: launchd.plist(5), launchctl(1).
 *
 * @module
 */

import { join } from "../base/std/path.ts";
import { LanspreadError } from "../base/errors.ts";
import { shellQuoted } from "../base/shell_word.ts";
import type { Plan, Step } from "./plan.ts";
import {
  type Home,
  isAsBefore,
  placeFlags,
  runArgs,
  type Scope,
  type ServiceManager,
  type ServiceSetup,
  type ServiceState,
  settingsSteps,
} from "./setup.ts";
import { plainText, xmlText } from "./xml.ts";

const LABEL = "lanspread";
const DTD = "http://www.apple.com/DTDs/PropertyList-1.0.dtd";

/** `bootout` answers before the old process has ended, which may take as long as `ExitTimeOut`. */
const BOOTSTRAP_TRIES = 24;

/** The manager for a user. */
export function createLaunchd({ home, uid }: Pick<Home, "home" | "uid">): ServiceManager {
  const file = join(home, "Library", "LaunchAgents", `${LABEL}.plist`);
  const log = join(home, "Library", "Logs", "lanspread.log");
  const domain = `gui/${uid}`;
  const target = `${domain}/${LABEL}`;
  const probe = { program: "launchctl", args: ["version"] };
  const bootout: Step = { ...launchctl("bootout", target), may_fail: true };
  return {
    name: "launchd",
    file: onlyUser(() => file),
    install(setup) {
      const text = plistText(setup, log);
      const load: Step[] = [bootout, { ...launchctl("bootstrap", domain, file), tries: BOOTSTRAP_TRIES }];
      const steps: Step[] = [
        ...settingsSteps(setup),
        { kind: "write", path: file, text, mode: 0o644 },
        launchctl("enable", target),
        // The same once more: started where it does not run, and otherwise left alone.
        ...isAsBefore(setup, text) ? [{ ...launchctl("kickstart", target), may_fail: true } as const] : load,
      ];
      return { probe, steps, notes: ["It runs while you are logged in."] };
    },
    uninstall: onlyUser((): Plan => ({
      probe,
      steps: [bootout, { kind: "remove", path: file }],
      notes: ["The games and the settings stay where they are."],
    })),
    query: onlyUser(() => ({ program: "launchctl", args: ["print", target] })),
    readState,
    flags: (text) =>
      placeFlags([...text.matchAll(/<string>(.*)<\/string>/g)].map(([, word = ""]) => plainText(word))),
    logs(scope, log_file) {
      const files = log_file === undefined ? [log] : [log, log_file];
      return onlyUser(() => `tail -f ${files.map(shellQuoted).join(" ")}`)(scope);
    },
  };
}

/** Refuses the machine's scope. */
function onlyUser<T>(make: () => T): (scope: Scope) => T {
  return (scope) => {
    if (scope === "user") return make();
    throw new LanspreadError(
      "usage",
      "--system: on macOS lanspread runs as a service of the user; leave it out",
    );
  };
}

function launchctl(...args: string[]): Step & { kind: "run" } {
  return { kind: "run", program: "launchctl", args };
}

/** The property list. Throws `usage` for what XML can't hold. */
export function plistText(setup: ServiceSetup, log: string): string {
  const words = [...setup.program, ...runArgs(setup)];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "${DTD}">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${plain(word)}</string>\n`).join("")}  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>5</integer>
  <key>ExitTimeOut</key>
  <integer>10</integer>
  <key>StandardErrorPath</key>
  <string>${plain(log)}</string>
</dict>
</plist>
`;
}

function plain(word: string): string {
  if (!/\p{Cc}/u.test(word)) return xmlText(word);
  throw new LanspreadError(
    "usage",
    `Cannot install the service: launchd takes no path with a control character: ${
      JSON.stringify(word)
    }; rename it`,
  );
}

function readState({ success, stdout }: { success: boolean; stdout: string }): ServiceState {
  const [, state = "unknown"] = /^\s*state = (.+)$/m.exec(stdout) ?? [];
  const [, pid] = /^\s*pid = (\d+)$/m.exec(stdout) ?? [];
  const [, runs] = /^\s*runs = (\d+)$/m.exec(stdout) ?? [];
  return {
    is_installed: success,
    is_running: success && state === "running",
    state: success ? state : "not installed",
    pid: pid === undefined ? undefined : Number(pid),
    restarts: runs === undefined ? undefined : Math.max(0, Number(runs) - 1),
  };
}
