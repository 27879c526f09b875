/**
 * One line that says how far something is. Pure.
 *
 * ```text
 * alienswarm [██████████░░░░░░░░░░]  52%  110.4 MB/s  3 sources  4 s left
 * ```
 *
 * @module
 */

import { formatBytes, formatCount, formatSeconds } from "./amounts.ts";
import { columnsOf } from "./output.ts";

/** What a bar shows. Sizes in bytes. */
export interface Figures {
  label: string;
  done_bytes: number;
  total_bytes: number;
  bytes_per_s: number;
  /** Peers that send; left out where there are none by nature. */
  sources?: number | undefined;
  /** Seconds; `null` where nobody knows. */
  eta_s: number | null;
}

const MOST_CELLS = 30;
const LEAST_CELLS = 5;

/** The line, shorter than `columns`. Where room is short, the fields at the end go first, then the bar itself. */
export function renderBar(figures: Figures, columns: number, is_coloured: boolean): string {
  const room = columns - 1;
  const fields = fieldsOf(figures);
  while (fields.length > 1 && cellsLeft(figures.label, fields, room) < LEAST_CELLS) fields.pop();
  const cells = Math.min(MOST_CELLS, cellsLeft(figures.label, fields, room));
  if (cells < LEAST_CELLS) return clip(`${(fields[0] ?? "").trim()} ${figures.label}`, room);
  const done = Math.round(cells * shareOf(figures));
  const bar = `${"█".repeat(done)}${"░".repeat(cells - done)}`;
  const painted = is_coloured ? `\x1b[32m${bar}\x1b[0m` : bar;
  return `${figures.label} [${painted}] ${fields.join("  ")}`.trimEnd();
}

function cellsLeft(label: string, fields: readonly string[], room: number): number {
  return room - columnsOf(label) - " [] ".length - columnsOf(fields.join("  "));
}

/** From the most important to the least. */
function fieldsOf(figures: Figures): string[] {
  const { bytes_per_s, sources, eta_s } = figures;
  return [
    `${percentOf(figures)}%`.padStart(4),
    `${formatBytes(bytes_per_s)}/s`.padStart(10),
    ...sources === undefined ? [] : [formatCount(sources, "source")],
    ...eta_s === null ? [] : [`${formatSeconds(eta_s)} left`],
  ];
}

/** Whole percents; 100 only when everything is there. */
export function percentOf(figures: Pick<Figures, "done_bytes" | "total_bytes">): number {
  return Math.floor(100 * shareOf(figures));
}

function shareOf({ done_bytes, total_bytes }: Pick<Figures, "done_bytes" | "total_bytes">): number {
  return total_bytes > 0 ? Math.min(1, Math.max(0, done_bytes / total_bytes)) : 0;
}

function clip(text: string, columns: number): string {
  let clipped = text;
  while (clipped !== "" && columnsOf(clipped) > columns) clipped = [...clipped].slice(0, -1).join("");
  return clipped;
}
