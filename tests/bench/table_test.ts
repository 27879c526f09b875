import { fromFileUrl } from "../../src/base/std/path.ts";
import { assertEquals } from "../support/assert.ts";
import { formatted, withPart } from "../support/made_part.ts";
import { readResults } from "./results.ts";
import { resultsTable, TABLE } from "./table.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("resultsTable() has a heading once, its rows below, and no part that has a table of its own", () => {
  const row = (heading: string, what: string, goal?: string) => ({
    heading,
    what,
    text: "1 | 2",
    ...goal && { goal },
  });
  const table = resultsTable({
    parts: {
      links: { on: "", rows: [row("near", "a", "at most 3"), row("near", "b"), row("far", "c")] },
      scale: { on: "", rows: [row("elsewhere", "d")] },
    },
  });
  const lines = [
    "| what | measured | to reach |",
    "| --- | --- | --- |",
    "| **near** |  |  |",
    "| a | 1 \\| 2 | at most 3 |",
    "| b | 1 \\| 2 |  |",
    "| **far** |  |  |",
    "| c | 1 \\| 2 |  |",
  ];
  assertEquals(table, `${lines.join("\n")}\n`);
});

Deno.test("the table of docs/BENCHMARKS.md is that of docs/benchmarks.json", async () => {
  const doc = await Deno.readTextFile(`${ROOT}docs/BENCHMARKS.md`);
  const table = resultsTable(await readResults(`${ROOT}docs/benchmarks.json`));
  assertEquals(doc, await formatted(withPart(doc, TABLE, table), ROOT));
});
