import fc from "fast-check";
import { formatBytes, formatCount, formatSeconds } from "../../src/cli/amounts.ts";
import { percentOf, renderBar } from "../../src/cli/bar.ts";
import { columnsOf, renderTable } from "../../src/cli/output.ts";
import { PlainView } from "../../src/cli/progress_view.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const HALF = {
  label: "alienswarm",
  done_bytes: 500,
  total_bytes: 1_000,
  bytes_per_s: 110.4e6,
  sources: 3,
  eta_s: 4,
};
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

Deno.test("a bar shows share, speed, sources and the time that is left", () => {
  const expected = `alienswarm [${"█".repeat(15)}${"░".repeat(15)}]  50%  110.4 MB/s  3 sources  4 s left`;
  assertEquals(renderBar(HALF, 120, false), expected);
});

Deno.test("where room is short the time goes first, then the sources, the speed, and at last the bar", () => {
  const shown = [70, 52, 44, 40, 22, 12].map((columns) => renderBar(HALF, columns, false));
  assertEquals(shown.map((line) => line.includes("left")), [true, false, false, false, false, false]);
  assertEquals(shown.map((line) => line.includes("sources")), [true, true, false, false, false, false]);
  assertEquals(shown.map((line) => line.includes("MB/s")), [true, true, true, true, false, false]);
  assertEquals(shown.map((line) => line.includes("█")), [true, true, true, true, false, false]);
  for (const line of shown) assertStringIncludes(line, "50%");
});

Deno.test("a bar is shorter than the terminal whatever it shows, and colour takes no room", async () => {
  const figures = fc.record({
    label: fc.string({ maxLength: 40, unit: "grapheme" }).map((text) => text.replace(/\p{C}/gu, "")),
    done_bytes: fc.double({ noNaN: true, min: 0, max: 1e15 }),
    total_bytes: fc.double({ noNaN: true, min: 0, max: 1e15 }),
    bytes_per_s: fc.double({ noNaN: true, min: 0, max: 1e12 }),
    eta_s: fc.option(fc.double({ noNaN: true, min: 0, max: 1e7 })),
    sources: fc.nat(100),
  });
  await holds(fc.property(figures, fc.integer({ min: 1, max: 250 }), (figures, columns) => {
    const plain = renderBar(figures, columns, false);
    assert(columnsOf(plain) < Math.max(columns, 2), plain);
    assertEquals(renderBar(figures, columns, true).replace(COLOUR, ""), plain);
    assert(!plain.includes("\n"));
  }));
});

Deno.test("without colour there is no escape code", () => assert(!COLOUR.test(renderBar(HALF, 80, false))));

Deno.test("100% is only shown when everything is there", () => {
  assertEquals(percentOf({ done_bytes: 999_999, total_bytes: 1_000_000 }), 99);
  assertEquals(percentOf({ done_bytes: 5, total_bytes: 5 }), 100);
  assertEquals(percentOf({ done_bytes: 0, total_bytes: 0 }), 0);
});

Deno.test("amounts read as people write them", () => {
  assertEquals([0, 999, 1_000, 999_949, 999_950, 1.5e12].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "999.9 kB",
    "1.0 MB",
    "1.5 TB",
  ]);
  assertEquals([0.2, 59, 59.5, 200, 7_500].map(formatSeconds), [
    "1 s",
    "59 s",
    "1 min 0 s",
    "3 min 20 s",
    "2 h 5 min",
  ]);
  assertEquals([formatCount(1, "source"), formatCount(0, "source")], ["1 source", "0 sources"]);
});

Deno.test("columns of a table stand under their headings, also where letters are wide", () => {
  const table = renderTable(["game", "size>"], [["日本", "1.0 MB"], ["a", "20 B"]]);
  assertEquals(table, "game    size\n日本  1.0 MB\na       20 B\n");
});

Deno.test("plain lines come once for each tenth of the way, and begin again with the next thing", async () => {
  const lines: string[] = [];
  await using view = new PlainView((text) => Promise.resolve(void lines.push(text)));
  for (let done_bytes = 0; done_bytes <= 1_000; done_bytes++) await view.figures({ ...HALF, done_bytes });
  assertEquals(lines.length, 10);
  assertEquals(lines[0], "alienswarm: 10%, 110.4 MB/s\n");
  await view.figures({ ...HALF, total_bytes: 2_000, done_bytes: 400 });
  assertEquals(lines.at(-1), "alienswarm: 20%, 110.4 MB/s\n");
});
