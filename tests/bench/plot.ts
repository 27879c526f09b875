/**
 * Draws results as bars, a panel for each heading: rates, scaled to the fastest of the panel, and ratios, with a mark
 * at the figure to reach. An SVG of its own, readable on light and on dark pages.
 *
 * Run as a program, `<results.json> <plot.svg>`: draws again what was measured before.
 *
 * @module
 */

import type { Row } from "./figures.ts";
import { readResults, type Results } from "./results.ts";

const LINE = 20;
const LEFT = 24;
/** Where the bars begin, and how long the longest one is. */
const BARS = 420;
const BAR_LENGTH = 300;
const WIDTH = 880;
/** The ratio whose bar is as long as a bar can be. */
const FULL_RATIO = 1.5;

const STYLE = `
  .page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #24292f }
  .heading { font-weight: 600 } .rate { fill: #4c8dd6 } .ratio { fill: #5aa469 }
  .goal { stroke: #c2410c; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #161b22 } text { fill: #e6edf3 } .rate { fill: #3b76b8 } .ratio { fill: #468a57 }
    .goal { stroke: #fb923c }
  }`;

/** The plot as SVG. Rows that are words only are left out. */
export function plot(results: Results): string {
  const drawn = Object.values(results.parts).flatMap(({ rows }) => rows).filter(isDrawn);
  const panels = Map.groupBy(drawn, ({ heading }) => heading);
  let y = 2 * LINE;
  const parts = [text(LEFT, y, "blue: MiB/s; green: a ratio, with a mark at the figure to reach")];
  for (const [heading, rows] of panels) {
    y += 2 * LINE;
    parts.push(text(LEFT, y, heading, "heading"));
    const fastest = Math.max(...rows.map(({ mib_per_s = 0 }) => mib_per_s));
    for (const row of rows) parts.push(bar(row, y += LINE, fastest));
  }
  return page(y + LINE, parts);
}

function isDrawn({ mib_per_s, ratio }: Row): boolean {
  return mib_per_s !== undefined || ratio !== undefined;
}

function bar(row: Row, y: number, fastest: number): string {
  const share = row.ratio === undefined ? (row.mib_per_s ?? 0) / fastest : row.ratio / FULL_RATIO;
  const length = Math.min(1, share) * BAR_LENGTH;
  const value = row.goal === undefined ? row.text : `${row.text} (${row.goal})`;
  return [
    text(LEFT, y, row.what.trim()),
    `<rect class="${row.ratio === undefined ? "rate" : "ratio"}" x="${BARS}" y="${y - 11}"` +
    ` width="${length.toFixed(1)}" height="14" rx="2"/>`,
    ...[row.at_least, row.at_most].flatMap((goal) => goal === undefined ? [] : [mark(goal, y)]),
    text(BARS + Math.max(length, goalEnd(row)) + 8, y, value),
  ].join("\n");
}

function goalEnd({ at_least = 0, at_most = 0 }: Row): number {
  return Math.max(at_least, at_most) / FULL_RATIO * BAR_LENGTH;
}

function mark(goal: number, y: number): string {
  const x = (BARS + goal / FULL_RATIO * BAR_LENGTH).toFixed(1);
  return `<line class="goal" x1="${x}" x2="${x}" y1="${y - 14}" y2="${y + 6}"/>`;
}

function text(x: number, y: number, words: string, kind = ""): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}"${kind && ` class="${kind}"`}>${escaped}</text>`;
}

function page(height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>
${parts.join("\n")}
</svg>
`;
}

if (import.meta.main) {
  const [from = "", to = ""] = Deno.args;
  await Deno.writeTextFile(to, plot(await readResults(from)));
}
