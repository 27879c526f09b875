import { assert, assertEquals } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import type { Row } from "./figures.ts";
import { plot } from "./plot.ts";
import { readResults, type Results, writeResults } from "./results.ts";

function resultsOf(...rows: Row[]): Results {
  return { parts: { links: { on: "a machine", rows } } };
}

const of = (what: string, rest: Partial<Row> = {}): Row => ({ heading: "links", what, text: "1", ...rest });

/** The attribute of every element of a class, in order. */
function attributes(svg: string, kind: string, attribute: string): number[] {
  return [...svg.matchAll(new RegExp(`class="${kind}"[^>]* ${attribute}="([^"]*)"`, "g"))].map((found) =>
    Number(found[1])
  );
}

Deno.test("plot() draws rates to the scale of the fastest one under the same heading", () => {
  const elsewhere = of("other", { heading: "sources", mib_per_s: 1_000 });
  const svg = plot(resultsOf(of("slow", { mib_per_s: 25 }), of("fast", { mib_per_s: 100 }), elsewhere));
  const [slow = 0, fast = 0, other] = attributes(svg, "rate", "width");
  assertEquals([slow / fast, fast], [0.25, other]);
});

Deno.test("plot() marks the figure to reach where a bar of that ratio would end", () => {
  const svg = plot(resultsOf(of("reached", { ratio: 0.9, at_least: 0.9, goal: "at least 0.9" })));
  const [begin = 0] = attributes(svg, "ratio", "x");
  const [length = 0] = attributes(svg, "ratio", "width");
  assertEquals(attributes(svg, "goal", "x1"), [begin + length]);
  assert(svg.includes("at least 0.9"));
});

Deno.test("plot() keeps a bar inside the page, whatever the ratio", () => {
  const svg = plot(resultsOf(of("full", { ratio: 1.5 }), of("beyond", { ratio: 40 })));
  const [full, beyond] = attributes(svg, "ratio", "width");
  assertEquals(beyond, full);
});

Deno.test("plot() leaves out rows of words and escapes what XML would take for its own", () => {
  const svg = plot(resultsOf(of("memory"), of("a < b & c", { mib_per_s: 1 })));
  assert(!svg.includes("memory"));
  assert(svg.includes("a &lt; b &amp; c"));
});

Deno.test("results are read as they were written, and none where there is no file", async () => {
  await using dir = await TempDir.make();
  const results = resultsOf(of("rate", { mib_per_s: 1.5 }), of("ratio", { ratio: 1, at_most: 1.15 }));
  assertEquals(await readResults(dir.join("results.json")), { parts: {} });
  await writeResults(dir.join("results.json"), results);
  assertEquals(await readResults(dir.join("results.json")), results);
});
