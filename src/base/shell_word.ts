/**
 * Words in commands that people are told to type.
 *
 * @module
 */

/** One word for a POSIX shell; quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : shellQuoted(word);
}

/** The same, always quoted. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
