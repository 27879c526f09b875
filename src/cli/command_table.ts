/**
 * Every command, its flags and examples, as data: help, completions and the reading of arguments are made from it.
 *
 * @module
 */

/** A flag; without a value it is a switch. */
export interface Flag {
  readonly name: string;
  readonly text: string;
  /** What stands for its value in the help. */
  readonly value?: string;
  /** What a shell completes its value with. */
  readonly completes?: "folder" | "file" | readonly string[];
}

/** One command. */
export interface CommandInfo {
  readonly name: string;
  readonly summary: string;
  /** What follows the name, other than flags. */
  readonly operands?: readonly string[];
  /** What a shell completes the operands with. */
  readonly completes?: "game" | readonly string[];
  readonly flags: readonly Flag[];
  readonly examples: readonly (readonly [command: string, text: string])[];
}

/** Flags of everything that starts a peer. */
export const START_FLAGS: readonly Flag[] = [
  {
    name: "game-dir",
    value: "folder",
    completes: "folder",
    text: "the folder that holds your games, one folder a game",
  },
  { name: "state-dir", value: "folder", completes: "folder", text: "where lanspread keeps its own data" },
  { name: "name", value: "name", text: "how others see this machine (default: the host name)" },
  {
    name: "interface",
    value: "ip",
    text: "use only this network; may be repeated (default: every usable one)",
  },
  { name: "port", value: "udp", text: "UDP port (default: 5477, or the next free one)" },
  {
    name: "quic",
    value: "engine",
    completes: ["auto", "deno", "matrixai"],
    text: "auto, deno or matrixai (default: auto)",
  },
  { name: "party", value: "passphrase", text: "a closed party (default: the open party)" },
  { name: "catalog", value: "file", completes: "file", text: "the games that this party plays" },
  { name: "limit-up", value: "rate", text: "send at most so much a second to all others: 20M is 20 MiB/s" },
  { name: "limit-down", value: "rate", text: "download at most so much a second (default: off)" },
  { name: "no-install", text: "do not install after a download" },
  {
    name: "log",
    value: "level",
    completes: ["trace", "debug", "info", "warning", "error", "off"],
    text: "trace, debug, info, warning, error or off (default: warning)",
  },
  {
    name: "log-file",
    value: "file",
    completes: "file",
    text: "write the log to this file instead of the error output",
  },
];

const HTTP_PORT: Flag = { name: "http-port", value: "tcp", text: "port of the control API (default: 5477)" };
/** Flags of `lanspread run`. */
export const RUN_FLAGS: readonly Flag[] = [...START_FLAGS, HTTP_PORT];
const JSON_FLAG: Flag = { name: "json", text: "print JSON" };
const STATE_DIR: Flag = {
  name: "state-dir",
  value: "folder",
  completes: "folder",
  text: "the state folder of the running peer, where it is not the usual one",
};
const NO_WAIT: Flag = { name: "no-wait", text: "do not wait for its end" };
const TALKS = [JSON_FLAG, STATE_DIR];
const WAITS = [NO_WAIT, ...TALKS];
const GAME = { operands: ["game"], completes: "game" } as const;

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandInfo[] = [
  {
    name: "run",
    summary: "start a peer with its page and control API (also without the word run)",
    flags: [...RUN_FLAGS, { name: "open", text: "open the page in the browser" }],
    examples: [
      ["lanspread --open", "start, and choose the game folder on the page"],
      ["lanspread --game-dir ~/games", "share the games in ~/games"],
      ["lanspread --game-dir ~/games --party 'blue moon'", "only with those who know the passphrase"],
    ],
  },
  {
    name: "ls",
    summary: "list the games",
    flags: [{ name: "ids", text: "print the ids alone" }, ...TALKS],
    examples: [
      ["lanspread ls", "what is here and what others have"],
      ["lanspread ls --json | jq '.games[] | select(.installed) | .id'", "ids of what is installed"],
    ],
  },
  {
    name: "peers",
    summary: "list the other machines",
    flags: TALKS,
    examples: [["lanspread peers", "who is here, and how many games each one has"]],
  },
  {
    name: "status",
    summary: "show this peer and what it does",
    flags: TALKS,
    examples: [["lanspread status", "its address, its peers, its operations"]],
  },
  {
    name: "get",
    summary: "download a game, and install it",
    ...GAME,
    flags: [{ name: "no-install", text: "do not install it after the download" }, ...WAITS],
    examples: [
      ["lanspread get alienswarm", "download and install, with a bar"],
      ["lanspread get alienswarm --no-wait", "only begin"],
      ["lanspread get alienswarm --json", "every event as a line of JSON"],
    ],
  },
  {
    name: "stream-install",
    summary: "install a game without storing its archives",
    ...GAME,
    flags: WAITS,
    examples: [["lanspread stream-install alienswarm", "for a disk with little room"]],
  },
  {
    name: "install",
    summary: "install a downloaded game",
    ...GAME,
    flags: WAITS,
    examples: [["lanspread install alienswarm", "unpack its archives"]],
  },
  {
    name: "update",
    summary: "get the newest version of an installed game and install it",
    ...GAME,
    flags: WAITS,
    examples: [["lanspread update alienswarm", "the old install goes when the new one stands"]],
  },
  {
    name: "uninstall",
    summary: "uninstall a game and keep its download",
    ...GAME,
    flags: WAITS,
    examples: [["lanspread uninstall alienswarm", "others can still get it from here"]],
  },
  {
    name: "rm",
    summary: "delete the downloaded files of a game that is not installed",
    ...GAME,
    flags: WAITS,
    examples: [["lanspread uninstall alienswarm && lanspread rm alienswarm", "all of it"]],
  },
  {
    name: "cancel",
    summary: "cancel the download, install or update of a game",
    ...GAME,
    flags: TALKS,
    examples: [["lanspread cancel alienswarm", "what was downloaded of it is deleted"]],
  },
  {
    name: "launch",
    summary: "start an installed game",
    ...GAME,
    flags: [{ name: "server", text: "start its server instead" }, ...TALKS],
    examples: [
      ["lanspread launch alienswarm", "its setup runs before, once"],
      ["lanspread launch alienswarm --server", "in a window of its own"],
    ],
  },
  {
    name: "settings",
    summary: "show how this peer is set, or change it while it runs",
    flags: [
      { name: "name", value: "name", text: "how others see this machine" },
      {
        name: "game-dir",
        value: "folder",
        completes: "folder",
        text: "the folder that holds your games; refused while one of them is downloaded or installed",
      },
      { name: "limit-up", value: "rate", text: "send at most so much a second to all others: 20M, or off" },
      { name: "limit-down", value: "rate", text: "download at most so much a second, or off" },
      {
        name: "install",
        value: "true|false",
        completes: ["true", "false"],
        text: "whether a download is followed by its install",
      },
      ...TALKS,
    ],
    examples: [
      ["lanspread settings", "what is set, and by which flag"],
      ["lanspread settings --limit-down 20M", "from now on, running downloads too, and at the next start"],
      ["lanspread settings --limit-up off --limit-down off", "as fast as the network goes"],
    ],
  },
  {
    name: "catalog",
    summary: "write a catalog of the games in a folder",
    operands: ["build", "folder"],
    completes: ["build"],
    flags: [],
    examples: [["lanspread catalog build ~/games > catalog.json", "the games of a party"]],
  },
  {
    name: "doctor",
    summary: "say what keeps peers from seeing each other, and what to do about it",
    flags: [JSON_FLAG, ...RUN_FLAGS],
    examples: [
      ["lanspread doctor", "a line for each thing that matters; exit code 1 where one is bad"],
      ["lanspread doctor --json | jq '.findings[] | select(.verdict != \"good\")'", "for a program"],
    ],
  },
  {
    name: "peer",
    summary: "run a peer alone, driven by JSON lines",
    flags: [{ name: "jsonl", text: "commands come as JSON lines, events go as JSON lines" }, ...START_FLAGS],
    examples: [["lanspread peer --jsonl --game-dir ~/games", "for a program that drives it"]],
  },
  {
    name: "service",
    summary: "let this machine start lanspread by itself",
    operands: ["install|uninstall|status"],
    completes: ["install", "uninstall", "status"],
    flags: [
      { name: "system", text: "a service of the machine instead of your own; needs root" },
      { name: "dry-run", text: "only show what would be done" },
      { name: "json", text: "print JSON (status)" },
      ...RUN_FLAGS,
    ],
    examples: [
      ["lanspread service install --game-dir ~/games", "starts when you log in, and again after a crash"],
      ["lanspread service install --dry-run --game-dir ~/games", "what that would write and run"],
      ["sudo lanspread service install --system --game-dir /srv/games", "starts with the machine, shut in"],
      ["lanspread service status", "whether it runs, and where its log is"],
      ["lanspread service uninstall", "the games and the settings stay"],
    ],
  },
  {
    name: "completions",
    summary: "print a script that completes lanspread in a shell",
    operands: ["shell"],
    completes: ["bash", "zsh", "fish"],
    flags: [],
    examples: [
      ["lanspread completions bash >> ~/.bashrc", "for bash"],
      ["lanspread completions zsh > ~/.zfunc/_lanspread", "for zsh, where ~/.zfunc is in fpath"],
      ["lanspread completions fish > ~/.config/fish/completions/lanspread.fish", "for fish"],
    ],
  },
  {
    name: "version",
    summary: "print the version",
    flags: [JSON_FLAG],
    examples: [
      ["lanspread version", "of lanspread and of Deno, and the QUIC engine"],
      ["lanspread version --json", "the same for a program"],
    ],
  },
];

/** A command by its name. */
export function commandInfo(name: string): CommandInfo | undefined {
  return COMMANDS.find((command) => command.name === name);
}
