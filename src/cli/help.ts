/**
 * The help texts, made from the table of commands. Pure.
 *
 * @module
 */

import { type CommandInfo, COMMANDS, type Flag, START_FLAGS } from "./command_table.ts";

/** What `lanspread --help` prints. */
export function overview(): string {
  return `lanspread: share games on a local network

${rows(COMMANDS.map((command) => [usageOf(command), command.summary]))}
"lanspread <command> --help" says more and gives examples.

Flags of everything that starts a peer (each also as LANSPREAD_<NAME>, or in <state-dir>/config.json):
${rows(START_FLAGS.map(flagRow))}`;
}

/** What `lanspread <command> --help` prints. */
export function helpOf(command: CommandInfo): string {
  const { summary, flags, examples } = command;
  return `lanspread ${usageOf(command)}${flags.length > 0 ? " [flags]" : ""}: ${summary}
${flags.length > 0 ? `\nFlags:\n${rows(flags.map(flagRow))}` : ""}
Examples:
${examples.map(([line, text]) => `  ${line}\n      ${text}\n`).join("")}`;
}

function usageOf({ name, operands = [] }: CommandInfo): string {
  const shown = operands.map((operand) => operand === "build" ? operand : `<${operand}>`);
  return [name, ...shown].join(" ");
}

function flagRow({ name, value, text }: Flag): [string, string] {
  return [`--${name}${value === undefined ? "" : ` <${value}>`}`, text];
}

function rows(cells: readonly (readonly [string, string])[]): string {
  const width = Math.max(...cells.map(([left]) => left.length));
  return cells.map(([left, right]) => `  ${left.padEnd(width)}   ${right}\n`).join("");
}
