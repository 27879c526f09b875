/**
 * `lanspread completions <shell>`: scripts that complete commands, flags and game ids, made from the table of commands.
 *
 * Ids come from the running peer; where none runs there are none.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { type CommandInfo, COMMANDS, type Flag } from "./command_table.ts";
import { print } from "./output.ts";

const SHELLS: Record<string, () => string> = { bash, zsh, fish };

/** Prints the script. Gives the exit code; throws `usage`. */
export async function runCompletions(args: readonly string[]): Promise<number> {
  const [shell = "", ...others] = args;
  const script = Object.hasOwn(SHELLS, shell) && others.length === 0 ? SHELLS[shell] : undefined;
  if (!script) {
    throw new LanspreadError("usage", "completions is used as: lanspread completions bash|zsh|fish");
  }
  await print(script());
  return 0;
}

const NAMES = COMMANDS.map(({ name }) => name).join(" ");
const GAMES = "lanspread ls --ids 2>/dev/null";

/** The script for bash. */
export function bash(): string {
  return `_lanspread() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local command=\${COMP_WORDS[1]}
  [[ $command == -* ]] && command=run
  if [[ $COMP_CWORD -eq 1 && $current != -* ]]; then
    COMPREPLY=($(compgen -W "${NAMES}" -- "$current")); return
  fi
  case $command:$before in
${COMMANDS.flatMap(bashValues).join("")}  esac
  case $command in
${COMMANDS.map(bashCommand).join("")}  esac
}
complete -F _lanspread lanspread
`;
}

function bashValues({ name, flags }: CommandInfo): string[] {
  return flags.filter(({ value }) => value !== undefined).map((flag) => {
    const reply = bashValue(flag);
    return `    ${name}:--${flag.name}) COMPREPLY=(${reply}); return ;;\n`;
  });
}

function bashValue({ completes }: Flag): string {
  if (completes === "folder") return `$(compgen -d -- "$current")`;
  if (completes === "file") return `$(compgen -f -- "$current")`;
  return completes ? `$(compgen -W "${completes.join(" ")}" -- "$current")` : "";
}

function bashCommand({ name, flags, completes = [] }: CommandInfo): string {
  const words = flags.map((flag) => `--${flag.name}`).join(" ");
  const operands = completes === "game" ? `$(${GAMES})` : completes.join(" ");
  return `    ${name})
      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "${words} --help" -- "$current"))
      else COMPREPLY=($(compgen -W "${operands}" -- "$current")); fi ;;
`;
}

/** The script for zsh. */
export function zsh(): string {
  return `#compdef lanspread
_lanspread_games() { compadd -- \${(f)"$(${GAMES})"} }
_lanspread() {
  local -a commands
  commands=(
${COMMANDS.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`).join("")}  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then _describe command commands; return; fi
  local command=$words[2]
  [[ $command == -* ]] && command=run || { shift words; (( CURRENT-- )); }
  case $command in
${COMMANDS.map(zshCommand).join("")}  esac
}
compdef _lanspread lanspread
`;
}

function zshCommand({ name, flags, completes = [] }: CommandInfo): string {
  const operand = completes === "game" ? "_lanspread_games" : `(${completes.join(" ")})`;
  const specs = [...flags.map(zshFlag), ...completes.length > 0 ? [`*: :${operand}`] : []].map(quoted);
  return `    ${name}) _arguments ${[...specs, "--help"].join(" ")} ;;\n`;
}

function zshFlag({ name, value, text, completes }: Flag): string {
  const shown = `--${name}[${text.replace(/[[\]:]/g, " ")}]`;
  if (value === undefined) return shown;
  const action = completes === "folder" ? "_files -/" : completes === "file" ? "_files" : undefined;
  return `${shown}:${value}:${action ?? (completes ? `(${[completes].flat().join(" ")})` : " ")}`;
}

/** The script for fish. */
export function fish(): string {
  const commands = COMMANDS.map(({ name, summary }) =>
    `complete -c lanspread -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}\n`
  );
  return `complete -c lanspread -f\n${commands.join("")}${COMMANDS.flatMap(fishCommand).join("")}`;
}

function fishCommand({ name, flags, completes = [] }: CommandInfo): string[] {
  const start = `complete -c lanspread -n '__fish_seen_subcommand_from ${name}'`;
  const operands = completes === "game" ? `(${GAMES})` : completes.join(" ");
  return [
    ...operands === "" ? [] : [`${start} -a ${quoted(operands)}\n`],
    ...flags.map((flag) => `${start} -l ${flag.name} ${fishValue(flag)}-d ${quoted(flag.text)}\n`),
  ];
}

function fishValue({ value, completes }: Flag): string {
  if (value === undefined) return "";
  if (completes === "folder" || completes === "file") return "-r -F ";
  return completes ? `-x -a ${quoted(completes.join(" "))} ` : "-x ";
}

/** As one word of any of these shells; the texts of the table hold no backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
