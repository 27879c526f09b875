/**
 * Which script of an install is run on which system, and by which command. Pure: names and facts in, commands as data
 * out; `launch.ts` runs them.
 *
 * Nothing that comes from outside ever becomes shell text. On Linux and macOS paths are arguments of their own, also for
 * the shell that keeps a window open. On Windows `cmd.exe` gives no safe way to quote: there the command holds fixed
 * words only, and the install is its working directory. What `cmd.exe` can't have as one, a network path, is refused.
 *
 * @module
 */

import { shellQuoted } from "../base/shell_word.ts";

/** A family of systems; other Unix systems are treated like Linux. */
export type System = "linux" | "darwin" | "windows";
/** What a script is for. */
export type Part = "setup" | "game" | "server";

/** The names of the scripts without their endings. */
const STEMS: Record<Part, string> = { setup: "game_setup", game: "game_start", server: "server_start" };
const WINDOWS_ENDINGS = ["cmd", "bat"];
const UNIX_ENDINGS = ["sh"];

/** What the folder of an install holds directly; `scripts` are regular files. */
export interface Scripts {
  /** The script's name as it is spelled on the disk. */
  here: string | undefined;
  /** A script for the same part that only another system can run. */
  elsewhere: string | undefined;
}

/** The script of one part among the names of regular files, in any case; the exact spelling first. */
export function findScripts(system: System, part: Part, names: readonly string[]): Scripts {
  const [own, other] = system === "windows"
    ? [WINDOWS_ENDINGS, UNIX_ENDINGS]
    : [UNIX_ENDINGS, WINDOWS_ENDINGS];
  return { here: findScript(part, own, names), elsewhere: findScript(part, other, names) };
}

function findScript(part: Part, endings: readonly string[], names: readonly string[]): string | undefined {
  for (const ending of endings) {
    const wanted = `${STEMS[part]}.${ending}`;
    if (names.includes(wanted)) return wanted;
    // ASCII letters only, so that the name stays harmless in every command.
    const found = names.filter((name) => name.length === wanted.length && lower(name) === wanted).sort()[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

function lower(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The name of the missing script, as a person would look for it. */
export function scriptName(system: System, part: Part): string {
  return `${STEMS[part]}.${system === "windows" ? "cmd" : "sh"}`;
}

/** A process to start. */
export interface LaunchCommand {
  /** An absolute path. */
  program: string;
  args: string[];
  cwd: string;
  /** The arguments are joined by spaces as they are; Windows only. */
  raw: boolean;
}

/** What a command is made from. */
export interface CommandFacts {
  system: System;
  part: Part;
  /** Absolute path of `local/`. */
  folder: string;
  /** A name that `findScripts` gave. */
  script: string;
  /** Whether the system can run the file by itself: it may be executed and begins with `#!`. Unix only. */
  is_program: boolean;
  /** The terminal that opens a window; Linux only, for a server. */
  terminal?: Terminal | undefined;
  /** The folder of Windows, such as `C:\Windows`. */
  windows_dir?: string | undefined;
}

/** The process for one script. Throws `RangeError` for a server on Linux without a terminal. */
export function commandFor(facts: CommandFacts): LaunchCommand {
  if (facts.system === "windows") return windowsCommand(facts);
  const direct = unixCommand(facts);
  if (facts.part !== "server") return direct;
  return facts.system === "darwin" ? macWindow(facts, direct) : linuxWindow(facts, direct);
}

function unixCommand({ folder, script, is_program }: CommandFacts): LaunchCommand {
  if (is_program) return { program: `${folder}/${script}`, args: [], cwd: folder, raw: false };
  return { program: "/bin/sh", args: [`./${script}`], cwd: folder, raw: false };
}

/** A program that opens a window and runs a command in it, given as arguments of their own. */
export interface Terminal {
  name: string;
  /** What stands before the command. */
  args: readonly string[];
}

/** Where they are looked for, in this order. All take the command as separate arguments, not as shell text. */
export const TERMINALS: readonly Terminal[] = [
  { name: "x-terminal-emulator", args: ["-e"] },
  { name: "gnome-terminal", args: ["--"] },
  { name: "konsole", args: ["-e"] },
  { name: "xfce4-terminal", args: ["-x"] },
  { name: "mate-terminal", args: ["-x"] },
  { name: "kitty", args: [] },
  { name: "alacritty", args: ["-e"] },
  { name: "foot", args: [] },
  { name: "xterm", args: ["-e"] },
];

// Some terminals start elsewhere and with another environment, so it changes the folder itself.
const STAY_OPEN = 'cd -- "$1" || exit; shift; "$@"; ' +
  'printf \'\\nThe server has ended with code %s. This window stays open.\\n\' "$?"; exec "${SHELL:-/bin/sh}"';

function linuxWindow({ folder, terminal }: CommandFacts, direct: LaunchCommand): LaunchCommand {
  if (!terminal) throw new RangeError("a server's window needs a terminal");
  const inside = ["/bin/sh", "-c", STAY_OPEN, "lanspread", folder, direct.program, ...direct.args];
  return { program: terminal.name, args: [...terminal.args, ...inside], cwd: folder, raw: false };
}

// `open -a Terminal` takes no arguments and begins in the home folder. The window keeps its shell when the server ends.
const TERMINAL_SCRIPT = [
  "on run argv",
  'set theCommand to "cd -- " & quoted form of item 1 of argv & " &&"',
  "repeat with theArgument in rest of argv",
  'set theCommand to theCommand & " " & quoted form of theArgument',
  "end repeat",
  'tell application "Terminal"',
  "activate",
  "do script theCommand",
  "end tell",
  "end run",
];

function macWindow({ folder }: CommandFacts, direct: LaunchCommand): LaunchCommand {
  const args = TERMINAL_SCRIPT.flatMap((line) => ["-e", line]);
  return {
    program: "/usr/bin/osascript",
    args: [...args, folder, direct.program, ...direct.args],
    cwd: folder,
    raw: false,
  };
}

const DEFAULT_WINDOWS_DIR = "C:\\Windows";
const PLAIN_WINDOWS_PATH = /^[A-Za-z]:\\[\w .\\-]+$/;

// `start` gives each script a console of its own: it can ask questions, and holds none of lanspread's handles.
function windowsCommand({ part, folder, script, windows_dir }: CommandFacts): LaunchCommand {
  const windows = windows_dir && PLAIN_WINDOWS_PATH.test(windows_dir) ? windows_dir : DEFAULT_WINDOWS_DIR;
  const shell = `${windows.replace(/\\$/, "")}\\System32\\cmd.exe`;
  const start = ["/d", "/c", "start", `"lanspread ${part}"`, ...(part === "setup" ? ["/wait"] : [])];
  const ending = part === "server" ? "/k" : "/c";
  return {
    program: shell,
    args: [...start, `"${shell}"`, "/d", ending, `.\\${script}`],
    cwd: folder,
    raw: true,
  };
}

/** Why a folder can't be the working directory of a script on this system, or `undefined`. */
export function folderProblem(system: System, folder: string): string | undefined {
  if (system !== "windows" || !/^[\\/]{2}/.test(folder)) return undefined;
  return "Windows scripts can't run in a network folder; give the share a drive letter and choose the game folder there";
}

/** How a person runs the script without lanspread; for messages only. */
export function byHand({ folder, script }: Pick<CommandFacts, "folder" | "script">): string {
  return `cd ${shellQuoted(folder)} && sh ./${script}`;
}
