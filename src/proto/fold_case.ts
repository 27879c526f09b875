/**
 * Names that differ in case only. In a file of its own, without the schemas, for workers that have little memory.
 *
 * @module
 */

// deno-lint-ignore no-control-regex -- all of ASCII is meant
const ASCII = /^[\u0000-\u007f]*$/;

/** Two names that fold to the same text are one file on Windows and macOS. */
export function foldCase(name: string): string {
  // Almost all names are such, and there may be 200,000 in a list.
  if (ASCII.test(name)) return name.toLowerCase();
  return name.normalize("NFC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
}
