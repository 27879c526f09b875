/**
 * A little colour: ANSI codes around a text, or nothing around it.
 *
 * @module
 */

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36 } as const;

/** How a text can look. */
export type Style = keyof typeof CODES;

/** Gives `text` a style. What it returns takes as many columns as `text`. */
export type Paint = (style: Style | undefined, text: string) => string;

/** Leaves every text as it is. */
export const plain: Paint = (_, text) => text;

/** Uses the terminal's own palette. */
export const coloured: Paint = (style, text) =>
  style === undefined || text === "" ? text : `\x1b[${CODES[style]}m${text}\x1b[0m`;

const COLOUR_CODE = /\p{Cc}\[\d+m/gu;

/** The columns that `text` takes on a screen: none for colours, and for the letters of this demo one a letter. */
export function columnsOf(text: string): number {
  return [...text.replace(COLOUR_CODE, "")].length;
}
