/**
 * Tables without boxes, and paragraphs, cut to the width of the screen. Pure.
 *
 * @module
 */

import { columnsOf, type Paint, type Style } from "./paint.ts";

/** A text, with a style where it has one. */
export type Cell = string | { text: string; style: Style };

/** How a table is laid out; `width` in columns. */
export interface TableLayout {
  width: number;
  paint: Paint;
  /** Columns whose texts end at the same place, counted from 0. */
  right?: readonly number[];
}

export const INDENT = "   ";
const GAP = "  ";
const MIN_COLUMN = 4;

/**
 * The lines of a table whose first row is its head. No line is wider than `width`: where room is short, texts are
 * cut, numbers are not, and then the last columns go.
 */
export function tableLines(head: readonly string[], rows: readonly Cell[][], layout: TableLayout): string[] {
  const all = [head.map((text): Cell => ({ text, style: "dim" })), ...rows];
  const widths = fit(head.map((_, i) => Math.max(...all.map((row) => columnsOf(textOf(row[i]))))), layout);
  return all.map((row) => {
    const cells = widths.map((width, i) => place(row[i] ?? "", width, layout, i));
    return (INDENT + cells.join(GAP)).trimEnd();
  });
}

function fit(widths: readonly number[], { width, right = [] }: TableLayout): number[] {
  const fitted = [...widths];
  const used = () =>
    INDENT.length + fitted.reduce((sum, column) => sum + column, GAP.length * (fitted.length - 1));
  while (used() > width) {
    const [widest = 0, column] = fitted.map((columns, i) => [right.includes(i) ? 0 : columns, i] as const)
      .toSorted(([a], [b]) => b - a)[0] ?? [];
    if (column === undefined) break;
    if (widest > MIN_COLUMN) fitted[column] = widest - 1;
    else fitted.pop();
  }
  return fitted;
}

function place(cell: Cell, width: number, { paint, right }: TableLayout, column: number): string {
  const text = clip(textOf(cell), width);
  const space = " ".repeat(width - columnsOf(text));
  const painted = paint(typeof cell === "string" ? undefined : cell.style, text);
  return right?.includes(column) ? space + painted : painted + space;
}

/** Cuts `text` to `width` columns and shows that it did. */
export function clip(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  return [...text].slice(0, Math.max(0, width - 1)).join("") + "…";
}

/** Breaks `text` between words; no line is wider than `width` unless a single word is. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && columnsOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "object" ? cell.text : cell ?? "";
}
