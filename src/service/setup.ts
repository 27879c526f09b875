/**
 * What a service is made from: which program, for whom, with which folders. The same for all platforms.
 *
 * The settings themselves go into `<state_dir>/config.json`, so that no passphrase stands on a command line that
 * everybody on the machine may read, and so that they can be changed without a new service.
 *
 * @module
 */

import type { Owner, Plan, Step } from "./plan.ts";

/** The variable that is `yes` for a service that may write into its own folders only. */
export const CONFINED = "LANSPREAD_CONFINED";

/** The variable that is `yes` for a service that may be started before the disk of its games is there. */
export const IS_EARLY = "LANSPREAD_IS_EARLY";

/** Whether it belongs to one user, or to the machine. */
export type Scope = "user" | "system";

export interface ServiceSetup {
  readonly scope: Scope;
  /** The program with what comes before its own arguments; the first is absolute. */
  readonly program: readonly string[];
  /** Absolute. */
  readonly state_dir: string;
  readonly game_dir: string;
  /** Absolute; `undefined` for the platform's own log. */
  readonly log_file: string | undefined;
  /** Where the settings are: `config.json` in the state folder, or what that leads to. */
  readonly config_file: string;
  /** Their whole text. */
  readonly config: string;
  /** A service of the machine runs as this user, who owns the games; not on Windows. */
  readonly owner: Owner | undefined;
  /** What stands in the service's file now; `undefined` for nothing. */
  readonly present: string | undefined;
  /** The same of the settings. */
  readonly present_config: string | undefined;
}

/** Where a platform keeps the things of one user. */
export interface Home {
  readonly home: string;
  /** `XDG_CONFIG_HOME`, where it is set. */
  readonly config_home: string | undefined;
  readonly uid: number;
}

/** What a service is doing. */
export interface ServiceState {
  readonly is_installed: boolean;
  readonly is_running: boolean;
  /** As the platform calls it. */
  readonly state: string;
  readonly pid: number | undefined;
  /** How often it was started again after a failure; where the platform counts it. */
  readonly restarts: number | undefined;
}

/** One platform's way to run services. All of it is pure. */
export interface ServiceManager {
  /** As people know it. */
  readonly name: string;
  /** Where the service's file is. */
  file(scope: Scope): string;
  install(setup: ServiceSetup): Plan;
  uninstall(scope: Scope): Plan;
  /** The command that tells the state. */
  query(scope: Scope): { program: string; args: string[] };
  /** Reads its answer. */
  readState(answer: { success: boolean; stdout: string; stderr: string }): ServiceState;
  /** The flags in the text of a service's file that say where its data and its log are. */
  flags(text: string): string[];
  /** How to see the log: where it goes by itself, and in the file that was chosen. */
  logs(scope: Scope, log_file: string | undefined): string;
}

/** The arguments behind the program. */
export function runArgs({ state_dir }: ServiceSetup): string[] {
  return ["run", `--state-dir=${state_dir}`];
}

/** Those of the words of a command that say where its data and its log are. */
export function placeFlags(words: readonly string[]): string[] {
  return words.filter((word) => /^--(state-dir|log-file)=/.test(word));
}

/** Whether the service's file, that shall hold `text`, and the settings are as they were: what runs may go on. */
export function isAsBefore({ present, present_config, config }: ServiceSetup, text: string): boolean {
  return present === text && present_config === config;
}

/** The folder and the settings, on every platform the same; `rights` shut the folder before a secret is in it. */
export function settingsSteps(setup: ServiceSetup, rights: readonly Step[] = []): Step[] {
  const { state_dir, config_file, config, owner } = setup;
  const owned = owner === undefined ? {} : { owner };
  return [
    { kind: "make_folder", path: state_dir, mode: 0o700, ...owned },
    ...rights,
    {
      kind: "write",
      path: config_file,
      text: config,
      mode: 0o600,
      is_secret: true,
      ...owned,
    },
  ];
}
