/**
 * Words on a command line of Windows, as `CommandLineToArgvW` and the C runtime read them. Pure.
 *
 * Source: "Parsing C command-line arguments", learn.microsoft.com. No shell is between.
 *
 * @module
 */

/** The arguments of a command line in which no argument holds a quote, as no path does. */
export function windowsWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** One argument. */
export function windowsWord(word: string): string {
  if (word !== "" && !/[\s"]/.test(word)) return word;
  // Backslashes count only before a quote: each is doubled there, at the end too.
  const escaped = word.replace(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, "$1$1");
  return `"${escaped}"`;
}
