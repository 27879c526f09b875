/**
 * Windows: a task of the Task Scheduler. Pure.
 *
 * A real Windows service has to answer the Service Control Manager within seconds by calls that no Deno program can
 * make, and a wrapper that does would be one more program to trust. The Task Scheduler starts any program at log-on or
 * at start-up, and comes with Windows. Its own "restart on failure" means a program that can't be started, not one
 * that ends with an error; therefore the trigger repeats every minute, and nothing happens while the program runs.
 *
 * The task's history is in the Task Scheduler; the program's log goes to a file beside the task's, since nobody reads
 * its error output, unless the settings name another file. For a user `conhost --headless` keeps a console window from
 * popping up at log-on.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { Plan, Step } from "./plan.ts";
import {
  isAsBefore,
  placeFlags,
  runArgs,
  type Scope,
  type ServiceManager,
  type ServiceSetup,
  type ServiceState,
  settingsSteps,
} from "./setup.ts";
import { windowsWord, windowsWords } from "./windows_quote.ts";
import { plainText, xmlText } from "./xml.ts";

const TASK = "lanspread";
/** LOCAL SERVICE: an account without rights beyond those of a guest, and without a password. */
const LOCAL_SERVICE = "S-1-5-19";
/** Well-known identifiers: their names are in the language of the system. */
const SYSTEM = "S-1-5-18";
const ADMINISTRATORS = "S-1-5-32-544";
const NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task";

const PROBE = { program: "schtasks", args: ["/Query", "/FO", "LIST"] };
/** The words of schtasks itself are in the language of the system; these are not. */
const ASK = `(Get-ScheduledTask -TaskName ${TASK} -ErrorAction Stop).State.ToString()`;

/** What the plan needs to know of the machine. */
export interface WindowsFacts {
  /** `%LOCALAPPDATA%`, where the task's file of a user is kept. */
  readonly local_app_data: string;
  /** `%ProgramData%`. */
  readonly program_data: string;
  /** `DOMAIN\name` of the user whose task it is. */
  readonly user: string;
}

/** The manager of this machine. */
export function createTaskScheduler(facts: WindowsFacts): ServiceManager {
  const folder = (scope: Scope) => scope === "user" ? facts.local_app_data : facts.program_data;
  const own = (scope: Scope) => join(folder(scope), "lanspread");
  const file = (scope: Scope) => join(own(scope), "task.xml");
  return {
    name: "the Task Scheduler",
    file,
    install(setup) {
      const { scope } = setup;
      const log = logIn(own(scope));
      const text = taskXml(setup, facts.user, log);
      const is_own = setup.state_dir === own(scope);
      const [rights, others] = scope === "user" ? [[], []] : [
        [is_own ? shut(own(scope)) : grant(setup.state_dir)],
        [grant(setup.game_dir), ...is_own ? [] : [shut(own(scope))]],
      ];
      const steps: Step[] = [
        ...settingsSteps(setup, rights),
        { kind: "write", path: file(scope), text, mode: 0o644, encoding: "utf-16" },
        ...others,
        schtasks("/Create", "/TN", TASK, "/XML", file(scope), "/F"),
        // A task that is replaced goes on with what it was; ending one that does not run is no failure.
        ...isAsBefore(setup, text) ? [] : [{ ...schtasks("/End", "/TN", TASK), may_fail: true } as const],
        schtasks("/Run", "/TN", TASK),
      ];
      return { probe: PROBE, steps, notes: [] };
    },
    uninstall(scope): Plan {
      const steps: Step[] = [
        { ...schtasks("/End", "/TN", TASK), may_fail: true },
        { ...schtasks("/Delete", "/TN", TASK, "/F"), may_fail: true },
        { kind: "remove", path: file(scope) },
      ];
      const notes = ["The games and the settings stay where they are."];
      return { probe: PROBE, steps, notes };
    },
    query: () => ({ program: "powershell", args: ["-NoProfile", "-NonInteractive", "-Command", ASK] }),
    readState,
    flags: (text) =>
      placeFlags(windowsWords(plainText(/<Arguments>([^<]*)<\/Arguments>/.exec(text)?.[1] ?? ""))),
    logs: (scope, log_file) => `type "${log_file ?? logIn(own(scope))}"`,
  };
}

/** Beside the task's file, wherever the state folder is: so it is found without asking the task. */
function logIn(folder: string): string {
  return join(folder, "lanspread.log");
}

function schtasks(...args: string[]): Step & { kind: "run" } {
  return { kind: "run", program: "schtasks", args };
}

/** Lets the service's account change a folder and all below it. */
function grant(path: string): Step {
  return { kind: "run", program: "icacls", args: [path, "/grant", `*${LOCAL_SERVICE}:(OI)(CI)M`] };
}

/**
 * Shuts a folder of lanspread's own, and all below it, to everybody but the service's account, the system and
 * administrators: otherwise each user of the machine may read what lies in `%ProgramData%`, and a passphrase does.
 */
function shut(path: string): Step {
  const rights = [
    ...[SYSTEM, ADMINISTRATORS].map((who) => `*${who}:(OI)(CI)F`),
    `*${LOCAL_SERVICE}:(OI)(CI)M`,
  ];
  return { kind: "run", program: "icacls", args: [path, "/inheritance:r", "/grant:r", ...rights] };
}

/**
 * The definition of the task, version 1.2 of the schema; `log` is where the log goes without a file that was chosen. Throws
 * `usage` for a path that the Task Scheduler would read as another one: it puts in variables, and knows no way to write a
 * `%` for itself.
 */
export function taskXml(setup: ServiceSetup, user: string, log: string): string {
  const { scope, program } = setup;
  // A flag would win over the file that the settings name.
  const log_flags = setup.log_file === undefined ? [`--log-file=${log}`] : [];
  const words = [...program, ...runArgs(setup), ...log_flags];
  for (const word of words) requirePlain(word);
  const [command = "", ...args] = scope === "user" ? ["conhost.exe", "--headless", ...words] : words;
  const repetition =
    "<Repetition><Interval>PT1M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>";
  const who = xmlText(user);
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="${NAMESPACE}">
  <RegistrationInfo><Description>lanspread shares games on the local network</Description></RegistrationInfo>
  <Triggers>
    ${
    scope === "user"
      ? `<LogonTrigger>${repetition}<Enabled>true</Enabled><UserId>${who}</UserId></LogonTrigger>`
      : `<BootTrigger>${repetition}<Enabled>true</Enabled></BootTrigger>`
  }
  </Triggers>
  <Principals>
    <Principal id="Author">${
    scope === "user"
      ? `<UserId>${who}</UserId><LogonType>InteractiveToken</LogonType>`
      : `<UserId>${LOCAL_SERVICE}</UserId>`
  }<RunLevel>LeastPrivilege</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(command)}</Command>
      <Arguments>${xmlText(args.map(windowsWord).join(" "))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

function requirePlain(word: string): void {
  if (!/%[^%]+%|\$\(|\p{Cc}/u.test(word)) return;
  throw new LanspreadError(
    "usage",
    `Cannot install the service: the Task Scheduler takes no path with %…%, $( or a control character: ${
      JSON.stringify(word)
    }; rename it`,
  );
}

function readState({ success, stdout }: { success: boolean; stdout: string }): ServiceState {
  const state = success ? stdout.trim().toLowerCase() : "not installed";
  return {
    is_installed: success,
    is_running: state === "running",
    state,
    pid: undefined,
    restarts: undefined,
  };
}

/** With this platform's separator, wherever it runs. */
function join(...parts: string[]): string {
  return parts.map((part) => part.replace(/\\+$/, "")).join("\\");
}
