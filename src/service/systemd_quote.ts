/**
 * Words and paths in the files of systemd. Pure.
 *
 * Source: systemd.service(5) "Command lines", systemd.unit(5) "Specifiers", systemd.syntax(7) "Quoting".
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";

const CONTROL = /\p{Cc}/u;

/** An argument of `ExecStart=` behind the program: quoted, no specifier, no variable, no escape left. */
export function execWord(word: string): string {
  return quoted(word).replaceAll("$", "$$$$");
}

/** The program itself. Throws `usage` for what systemd takes in no way. */
export function execProgram(path: string): string {
  // string_is_safe() of systemd refuses these even when they are escaped.
  if (CONTROL.test(path) || /["'\\]/.test(path)) {
    throw refused(path, "a quote, a backslash or a control character");
  }
  // No variables are looked for in it.
  return quoted(path);
}

/** The words of a command that were written by the two above. */
export function execWords(command: string): string[] {
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = ""]) =>
    word.replace(/\\(.)|%(%)|\$(\$)/g, "$1$2$3")
  );
}

/** One path of a list such as `ReadWritePaths=`, where control characters can't be written. Throws `usage`. */
export function pathWord(path: string): string {
  if (CONTROL.test(path)) throw refused(path, "a control character");
  return quoted(path);
}

function quoted(word: string): string {
  if (CONTROL.test(word)) throw refused(word, "a control character");
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}

function refused(path: string, what: string): LanspreadError {
  return new LanspreadError(
    "usage",
    `Cannot install the service: systemd takes no path with ${what}: ${JSON.stringify(path)}; rename it`,
  );
}
