/**
 * Services of systemd: a user's, or the machine's. Pure.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { shellQuoted } from "../base/shell_word.ts";
import { join } from "../base/std/path.ts";
import type { Plan, Step } from "./plan.ts";
import {
  type Home,
  isAsBefore,
  placeFlags,
  type Scope,
  type ServiceManager,
  type ServiceSetup,
  type ServiceState,
  settingsSteps,
} from "./setup.ts";
import { execWords } from "./systemd_quote.ts";
import { unitText } from "./systemd_unit.ts";

const UNIT = "lanspread.service";
const SYSTEM_FOLDER = "/etc/systemd/system";
/** What a peer keeps in its state folder, besides the settings. */
const STATE_NAMES = [
  ...["peer.json", "tls", "library.db", "library.db-wal", "library.db-shm", "games", "lock", "control.json"],
  "no_game_folder",
];
const PROPERTIES = ["LoadState", "ActiveState", "SubState", "MainPID", "NRestarts"];

/** The manager for a user's `home`. */
export function createSystemd({ home, config_home }: Pick<Home, "home" | "config_home">): ServiceManager {
  const user_folder = join(
    config_home?.startsWith("/") ? config_home : join(home, ".config"),
    "systemd",
    "user",
  );
  const file = (scope: Scope) => join(scope === "user" ? user_folder : SYSTEM_FOLDER, UNIT);
  return {
    name: "systemd",
    file,
    install(setup) {
      const { scope } = setup;
      const text = unitText(setup);
      // What runs already is not disturbed by installing the same once more; new settings need a new start.
      const steps: Step[] = [
        ...settingsSteps(setup),
        ...ownershipSteps(setup),
        { kind: "write", path: file(scope), text, mode: 0o644 },
        systemctl(scope, "daemon-reload"),
        systemctl(scope, "enable", UNIT),
        // Failures of before don't count.
        { ...systemctl(scope, "reset-failed", UNIT), may_fail: true },
        systemctl(scope, isAsBefore(setup, text) ? "start" : "restart", UNIT),
      ];
      return { probe: probe(scope), steps, notes: notesOf(scope) };
    },
    uninstall(scope): Plan {
      const steps: Step[] = [
        { ...systemctl(scope, "disable", "--now", UNIT), may_fail: true },
        { kind: "remove", path: file(scope) },
        systemctl(scope, "daemon-reload"),
      ];
      return { probe: probe(scope), steps, notes: ["The games and the settings stay where they are."] };
    },
    query(scope) {
      const { program, args } = systemctl(scope, "show", UNIT, `--property=${PROPERTIES.join(",")}`);
      return { program, args: [...args] };
    },
    readState,
    flags: (text) => placeFlags(execWords(/^ExecStart=(.*)$/m.exec(text)?.[1] ?? "")),
    logs(scope, log_file) {
      const journal = `journalctl ${scope === "user" ? "--user " : ""}-u lanspread`;
      // The journal still tells of starts and failures.
      return log_file === undefined ? journal : `${journal}; tail -f ${shellQuoted(log_file)}`;
    },
  };
}

/**
 * Games of another owner are served by another user, who needs what the one before has left. Only what is known by its
 * name is given away: the folder may be one that holds much else.
 */
function ownershipSteps({ scope, owner, state_dir, log_file }: ServiceSetup): Step[] {
  if (scope === "user" || owner === undefined) return [];
  const logs = log_file?.startsWith(join(state_dir, "/")) ? [log_file, `${log_file}.1`] : [];
  const paths = [...STATE_NAMES.map((name) => join(state_dir, name)), ...logs];
  // -h: no link leads out of the folder. Of the names most are missing before the first start.
  const args = ["-R", "-h", `${owner.uid}:${owner.gid}`, "--", ...paths];
  return [{ kind: "run", program: "chown", args, may_fail: true }];
}

function systemctl(scope: Scope, ...args: string[]): Step & { kind: "run" } {
  return { kind: "run", program: "systemctl", args: scope === "user" ? ["--user", ...args] : args };
}

function probe(scope: Scope): Plan["probe"] {
  const { program, args } = systemctl(scope, "show", "--property=Version");
  return { program, args };
}

function notesOf(scope: Scope): string[] {
  return scope === "user"
    ? ["It runs while you are logged in; `loginctl enable-linger` lets it run always."]
    : [];
}

/** Of units that are not there it tells, too. Throws `io` where nobody answers. */
function readState(
  { success, stdout, stderr }: { success: boolean; stdout: string; stderr: string },
): ServiceState {
  if (!success) {
    const reason = stderr.trim().split("\n")[0] ?? "";
    throw new LanspreadError(
      "io",
      `Cannot ask for the service: ${reason}; systemd does not run here, or not for this user`,
    );
  }
  const facts = new Map(
    stdout.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const pid = Number(facts.get("MainPID") ?? 0);
  const active = facts.get("ActiveState") ?? "unknown";
  const sub_state = facts.get("SubState") ?? active;
  return {
    is_installed: facts.get("LoadState") === "loaded",
    is_running: active === "active",
    state: sub_state === active ? active : `${active} (${sub_state})`,
    pid: pid > 0 ? pid : undefined,
    restarts: facts.has("NRestarts") ? Number(facts.get("NRestarts")) : undefined,
  };
}
