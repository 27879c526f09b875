/**
 * One line that says how far something is: a bar, the share of each source in it, speed and time left. Pure.
 *
 * ```text
 *    [███████▓▓▓▓▓▓▒▒▒░░░░░░]  71%  264 MB/s  █ alice  52%  ▓ bob  48%  1 s left
 * ```
 *
 * @module
 */

import { formatLeft, formatShare, formatSpeed } from "./format.ts";
import { columnsOf, type Paint, type Style } from "./paint.ts";
import { clip, INDENT } from "./table.ts";

/** What a line shows. Sizes in bytes. */
export interface BarState {
  done_bytes: number;
  total_bytes: number;
  bytes_per_s: number;
  /** Seconds; `null` where nobody knows. */
  eta_s: number | null;
  /** What came from where; what is done beyond that is on its way. */
  parts?: readonly { name: string; bytes: number; style: Style }[];
}

const GLYPHS = ["█", "▓"];
const ON_ITS_WAY = "▒";
const EMPTY = "░";
const MAX_BAR = 22;
const MIN_BAR = 10;
const LEFT_COLUMNS = "99 s left".length;

/** The line, at most `width` columns of it. Where room is short, first the time goes, then the shares. */
export function barLine(state: BarState, width: number, paint: Paint): string {
  const fields = fieldsOf(state, paint);
  while (fields.length > 1 && barRoom(fields, width) < MIN_BAR) fields.pop();
  const cells = Math.min(MAX_BAR, barRoom(fields, width));
  if (cells < 1) return clip(`${INDENT}${fields[0]?.text ?? ""}`, width);
  const painted = fields.map((field) => field.painted).join("  ");
  return `${INDENT}[${bar(state, cells, paint)}] ${painted}`.trimEnd();
}

/** Columns left for the bar beside its brackets and `fields`. */
function barRoom(fields: readonly Field[], width: number): number {
  const texts = fields.reduce((sum, { text }) => sum + columnsOf(text), 2 * (fields.length - 1));
  return width - INDENT.length - "[] ".length - texts;
}

interface Field {
  text: string;
  painted: string;
}

/** From the most important to the least, each of one width, so that nothing jumps when it is redrawn. */
function fieldsOf(state: BarState, paint: Paint): Field[] {
  const { done_bytes, total_bytes, bytes_per_s, eta_s, parts = [] } = state;
  const came = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const left = done_bytes < total_bytes && eta_s !== null ? formatLeft(eta_s) : "";
  const shares = parts.map(({ name, bytes, style }, i) => {
    const text = `${glyph(i)} ${name} ${formatShare(bytes, came).padStart(4)}`;
    return { text, painted: paint(style, text) };
  });
  return [
    field(formatShare(done_bytes, total_bytes).padStart(4)),
    field(formatSpeed(bytes_per_s).padStart(8)),
    ...shares,
    field(left.padEnd(LEFT_COLUMNS)),
  ];
}

function field(text: string): Field {
  return { text, painted: text };
}

function bar({ done_bytes, total_bytes, parts = [] }: BarState, cells: number, paint: Paint): string {
  const cellsOf = (bytes: number) =>
    total_bytes === 0 ? cells : Math.min(cells, Math.floor(bytes / total_bytes * cells));
  let came = 0;
  let at = 0;
  let text = "";
  for (const [i, { bytes, style }] of parts.entries()) {
    came += bytes;
    text += paint(style, glyph(i).repeat(cellsOf(came) - at));
    at = cellsOf(came);
  }
  const done = Math.max(at, cellsOf(done_bytes));
  const rest = parts.length > 0 ? ON_ITS_WAY : GLYPHS[0] ?? "";
  return text + rest.repeat(done - at) + paint("dim", EMPTY.repeat(cells - done));
}

function glyph(part: number): string {
  return GLYPHS[part % GLYPHS.length] ?? "";
}
