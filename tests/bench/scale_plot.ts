/**
 * Draws how figures grow with the number of peers: a panel a figure, both axes logarithmic, the points and the power law
 * through them. An SVG of its own, readable on light and on dark pages.
 *
 * @module
 */

import { fitPower, growth, type Point, valueAt } from "./fit.ts";

/** One panel. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

const COLUMNS = 2;
const PANEL = { width: 430, height: 250 };
const PLOT = { left: 64, top: 34, width: 190, height: 170 };
const COLOURS = ["first", "second", "third"];
const STYLE = `
  .page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #24292f }
  .heading { font-weight: 600 } .axis { stroke: #8c959f } .grid { stroke: #d0d7de; stroke-width: 0.5 }
  .first { fill: #4c8dd6; stroke: #4c8dd6 } .second { fill: #5aa469; stroke: #5aa469 }
  .third { fill: #c2410c; stroke: #c2410c } path { fill: none !important; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { .page { fill: #161b22 } text { fill: #e6edf3 } .grid { stroke: #30363d } }`;

interface Range {
  readonly least: number;
  readonly most: number;
}

/** The plot as SVG. Panels without a point are left out. */
export function scalePlot(panels: readonly Panel[]): string {
  const drawn = panels.filter(({ lines }) => lines.some(({ points }) => points.some(isDrawn)));
  const [width, height] = [COLUMNS * PANEL.width, Math.ceil(drawn.length / COLUMNS) * PANEL.height + 10];
  const groups = drawn.map((panel, at) => {
    const [x, y] = [at % COLUMNS * PANEL.width, Math.floor(at / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">\n${panelParts(panel).join("\n")}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>${STYLE}
</style>
<rect class="page" width="${width}" height="${height}" rx="6"/>
${groups.join("\n")}
</svg>
`;
}

function isDrawn({ n, value }: Point): boolean {
  return n > 0 && value > 0;
}

function panelParts({ title, unit, lines }: Panel): string[] {
  const points = lines.flatMap((line) => line.points.filter(isDrawn));
  const [xs, ys] = [rangeOf(points.map(({ n }) => n)), rangeOf(points.map(({ value }) => value))];
  const place = (n: number, value: number) => ({
    x: PLOT.left + shareOf(n, xs) * PLOT.width,
    y: PLOT.top + (1 - shareOf(value, ys)) * PLOT.height,
  });
  const bottom = PLOT.top + PLOT.height;
  return [
    text(12, 20, `${title}, ${unit}`, "heading"),
    ...[...new Set(points.map(({ n }) => n))].map((n) =>
      text(place(n, ys.least).x - 8, bottom + 16, String(n))
    ),
    ...steps(ys).map((value) => {
      const { y } = place(xs.least, value);
      return `<line class="grid" x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${y.toFixed(1)}" y2="${
        y.toFixed(1)
      }"/>` + text(8, y + 4, shortly(value));
    }),
    `<line class="axis" x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${bottom}" y2="${bottom}"/>`,
    ...lines.flatMap((line, at) => lineParts(line, at, place)),
  ];
}

function lineParts(
  { name, points }: Panel["lines"][number],
  at: number,
  place: (n: number, value: number) => { x: number; y: number },
): string[] {
  const colour = COLOURS[at % COLOURS.length] ?? "";
  const seen = points.filter(isDrawn);
  const dots = seen.map(({ n, value }) => {
    const { x, y } = place(n, value);
    return `<circle class="${colour}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.5"/>`;
  });
  const power = fitPower(seen);
  const legend_y = PLOT.top + 14 + at * 38;
  const legend = [
    `<circle class="${colour}" cx="${PLOT.left + PLOT.width + 14}" cy="${legend_y - 4}" r="3.5"/>`,
    text(PLOT.left + PLOT.width + 24, legend_y, name),
    text(PLOT.left + PLOT.width + 24, legend_y + 15, growth(power)),
  ];
  if (!power) return [...dots, ...legend];
  const ends = [seen[0], seen.at(-1)].flatMap((point) =>
    point ? [place(point.n, valueAt(power, point.n))] : []
  );
  const path = ends.map(({ x, y }, n) => `${n === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join(" ");
  return [`<path class="${colour}" d="${path}"/>`, ...dots, ...legend];
}

/** A little wider than the values, and never empty. */
function rangeOf(values: readonly number[]): Range {
  return { least: Math.min(...values) / 1.3, most: Math.max(...values) * 1.3 };
}

function shareOf(value: number, { least, most }: Range): number {
  return Math.log(value / least) / Math.log(most / least);
}

/** Powers of ten within a range, or its ends where there is none. */
function steps({ least, most }: Range): number[] {
  const tens: number[] = [];
  for (let at = Math.ceil(Math.log10(least)); at <= Math.log10(most); at++) tens.push(10 ** at);
  return tens.length > 1 ? tens : [least * 1.3, most / 1.3];
}

/** A figure in few characters. */
export function shortly(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(2))}M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(2))}k`;
  return String(Number(value.toPrecision(2)));
}

function text(x: number, y: number, words: string, kind = ""): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${kind && ` class="${kind}"`}>${escaped}</text>`;
}
