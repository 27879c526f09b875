/**
 * The table of `docs/BENCHMARKS.md`, made of kept results.
 *
 * ```
 * deno run -A tests/bench/table.ts docs/benchmarks.json docs/BENCHMARKS.md
 * ```
 *
 * @module
 */

import { fromFileUrl } from "../../src/base/std/path.ts";
import { formatted, type Markers, withPart } from "../support/made_part.ts";
import type { Row } from "./figures.ts";
import { readResults, type Results } from "./results.ts";

/** Where the table stands. */
export const TABLE: Markers = {
  begin: "<!-- table: made by `deno run -A tests/bench/table.ts docs/benchmarks.json docs/BENCHMARKS.md` -->",
  end: "<!-- end of table -->",
};
/** These have tables of their own. */
const ELSEWHERE = ["scale"];
const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** All rows but those that have a table of their own, below the headings that they were printed under. */
export function resultsTable({ parts }: Results): string {
  const rows = Object.entries(parts).filter(([name]) => !ELSEWHERE.includes(name))
    .flatMap(([, { rows }]) => rows);
  const lines = rows.flatMap((row, i) => {
    const is_first = rows[i - 1]?.heading !== row.heading;
    return is_first ? [line(`**${row.heading}**`), rowLine(row)] : [rowLine(row)];
  });
  return [line("what", "measured", "to reach"), "| --- | --- | --- |", ...lines, ""].join("\n");
}

function rowLine({ what, text, goal }: Row): string {
  return line(what, text, goal);
}

function line(what: string, text = "", goal = ""): string {
  return `| ${[what, text, goal].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

if (import.meta.main) {
  const [from = "", to = ""] = Deno.args;
  const table = resultsTable(await readResults(from));
  await Deno.writeTextFile(to, await formatted(withPart(await Deno.readTextFile(to), TABLE, table), ROOT));
}
