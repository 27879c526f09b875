import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { type Panel, scalePlot, shortly } from "./scale_plot.ts";

const GROWING: Panel = {
  title: "one change <all>",
  unit: "bytes",
  lines: [
    { name: "grows", points: [{ n: 10, value: 100 }, { n: 100, value: 1_000 }, { n: 1_000, value: 10_000 }] },
    { name: "stays", points: [{ n: 10, value: 50 }, { n: 1_000, value: 50 }] },
  ],
};

/** The places of the dots of a line. */
function dots(svg: string, colour: string): { x: number; y: number }[] {
  return [...svg.matchAll(new RegExp(`<circle class="${colour}" cx="([^"]*)" cy="([^"]*)"`, "g"))]
    .map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

Deno.test("scalePlot() puts equal factors at equal distances on both axes", () => {
  // The first three dots are points, the last one is the legend's.
  const [a, b, c] = dots(scalePlot([GROWING]), "first");
  assert(a && b && c);
  assertEquals([(b.x - a.x).toFixed(0), (a.y - b.y).toFixed(0)], [
    (c.x - b.x).toFixed(0),
    (b.y - c.y).toFixed(0),
  ]);
  assert(a.y > c.y);
});

Deno.test("scalePlot() says how each line grows and escapes words", () => {
  const svg = scalePlot([GROWING]);
  for (const words of ["n^1.00, as the peers", "n^0.00, stays", "one change &lt;all>, bytes"]) {
    assertStringIncludes(svg, words);
  }
});

Deno.test("scalePlot() leaves out a panel without a point and draws one with a single point", () => {
  const panel = (title: string, value: number) => ({
    title,
    unit: "",
    lines: [{ name: "", points: [{ n: 5, value }] }],
  });
  const svg = scalePlot([panel("nothing", 0), panel("one", 7)]);
  assert(!svg.includes("nothing"));
  assert(!svg.includes("NaN") && !svg.includes("Infinity"));
});

Deno.test("shortly() keeps two figures", () => {
  assertEquals([0.123, 45.6, 1_234, 56_789, 2_345_678].map(shortly), ["0.12", "46", "1200", "57k", "2.3M"]);
});
