/**
 * Names that differ in case only. In a file of its own, without the schemas, for workers that have little memory.
 *
 * @module
 */

/** Two names that fold to the same text are one file on Windows and macOS. */
export function foldCase(name: string): string {
  return name.normalize("NFC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
}
