import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { formatBytes, formatLeft, formatMs, formatSeconds, formatShare } from "./format.ts";
import { LiveLine } from "./live_line.ts";
import { coloured, columnsOf, plain } from "./paint.ts";
import { barLine, type BarState } from "./progress_bar.ts";
import { Screen } from "./screen.ts";
import { requireSpace } from "./space.ts";
import { type Cell, tableLines, wrap } from "./table.ts";

const WIDTHS = Array.from({ length: 81 }, (_, i) => i + 40);
const PARTS: BarState["parts"] = [
  { name: "alice", bytes: 120, style: "cyan" },
  { name: "bob", bytes: 60, style: "magenta" },
];
const STATE: BarState = { done_bytes: 200, total_bytes: 400, bytes_per_s: 264e6, eta_s: 1.2, parts: PARTS };

const HEAD = ["game", "size", "inside", "on the disk of"];
const ROWS: Cell[][] = [
  ["iron_orbit", "256.0 MB", "9 files, 6 folders", "alice, bob"],
  [{ text: "käferjagd", style: "green" }, "12.0 MB", "4 files, 2 folders", "alice, bob, and everybody else"],
];

/** Written apart from `columnsOf()`, which it checks. */
function withoutColour(text: string): string {
  return text.split("\x1b").map((part, i) => i === 0 ? part : part.slice(part.indexOf("m") + 1)).join("");
}

Deno.test("columnsOf() counts letters, not bytes and not colours", () => {
  assertEquals(columnsOf("käferjagd"), 9);
  assertEquals(columnsOf(coloured("cyan", "käfer") + coloured("bold", " █")), 7);
  assertEquals(columnsOf("😀"), 1);
});

Deno.test("barLine() fits every width from 40 to 120, coloured or not", () => {
  for (const width of WIDTHS) {
    for (const done_bytes of [0, 1, 200, 399, 400]) {
      const line = barLine({ ...STATE, done_bytes }, width, plain);
      assert(columnsOf(line) <= width, `${columnsOf(line)} columns for ${width}: ${line}`);
      assert(line.includes("[") && line.includes("%") && line.includes("MB/s"), line);
      assertEquals(withoutColour(barLine({ ...STATE, done_bytes }, width, coloured)), line);
    }
  }
});

Deno.test("barLine() shows the share of each source, and what is on its way", () => {
  const line = barLine(STATE, 120, plain);
  assertEquals(line, "   [██████▓▓▓▒▒░░░░░░░░░░░]  50%  264 MB/s  █ alice  67%  ▓ bob  33%  2 s left");
});

Deno.test("barLine() without sources shows one bar", () => {
  const state = { done_bytes: 100, total_bytes: 400, bytes_per_s: 1e6, eta_s: null };
  assertEquals(barLine(state, 80, plain), "   [█████░░░░░░░░░░░░░░░░░]  25%    1 MB/s");
});

Deno.test("barLine() gives up time, then shares, and keeps percent and speed", () => {
  assert(!barLine(STATE, 60, plain).includes("left"));
  assert(barLine(STATE, 60, plain).includes("bob"));
  assert(!barLine(STATE, 50, plain).includes("bob") && barLine(STATE, 50, plain).includes("alice"));
  assert(!barLine(STATE, 40, plain).includes("alice") && barLine(STATE, 40, plain).includes("264 MB/s"));
});

Deno.test("barLine() of an empty file is full, of a complete one says no time", () => {
  assert(barLine({ ...STATE, done_bytes: 0, total_bytes: 0, parts: [] }, 80, plain).includes("[██████"));
  assert(!barLine({ ...STATE, done_bytes: 400 }, 80, plain).includes("left"));
});

Deno.test("tableLines() fits every width from 40 to 120, coloured or not", () => {
  for (const width of WIDTHS) {
    const lines = tableLines(HEAD, ROWS, { width, paint: plain, right: [1] });
    assertEquals(lines.length, 3);
    for (const line of lines) {
      assert(columnsOf(line) <= width, `${columnsOf(line)} columns for ${width}: ${line}`);
    }
    assert(lines[1]?.includes("256.0 MB"), "a number was cut");
    const painted = tableLines(HEAD, ROWS, { width, paint: coloured, right: [1] });
    assertEquals(painted.map((line) => withoutColour(line).trimEnd()), lines);
  }
});

Deno.test("tableLines() aligns texts left and numbers right", () => {
  assertEquals(
    tableLines(["a", "bytes", ""], [["one", "1 B", "x"], ["käfer", "12 kB", "y"]], {
      width: 80,
      paint: plain,
      right: [1],
    }),
    [
      "   a      bytes",
      "   one      1 B  x",
      "   käfer  12 kB  y",
    ],
  );
});

Deno.test("tableLines() drops the last columns before it cuts a number", () => {
  const lines = tableLines(
    ["name", "bytes", "time", "note"],
    [["iron_orbit", "256.0 MB", "1.22 s", "long"]],
    {
      width: 24,
      paint: plain,
      right: [1, 2],
    },
  );
  assertEquals(lines[1], "   iro…  256.0 MB");
});

Deno.test("wrap() breaks between words", () => {
  assertEquals(wrap("one two three", 7), ["one two", "three"]);
  assertEquals(wrap("unbreakable word", 4), ["unbreakable", "word"]);
});

Deno.test("a screen without colour writes no escape codes, one with colour does", () => {
  for (const has_colour of [false, true]) {
    let text = "";
    const screen = new Screen({ is_live: false, has_colour, write: (part) => text += part });
    screen.step("Games");
    screen.tick("done");
    screen.table(HEAD, ROWS, [1]);
    assertEquals(text.includes("\x1b"), has_colour);
    assert(withoutColour(text).includes("\n1. Games\n\n   ✓ done\n   game"), text);
  }
});

Deno.test("LiveLine redraws in place on a terminal", () => {
  let text = "";
  const live = new LiveLine({ is_terminal: true, write: (part) => text += part, now: () => 0 });
  live.show("10%");
  live.show("10%");
  live.show("20%");
  live.end("100%");
  assertEquals(text, "\r10%\x1b[K\r20%\x1b[K\r100%\x1b[K\n");
});

Deno.test("LiveLine writes at most one line a second elsewhere, and always the last one", () => {
  let text = "";
  let now = 5_000;
  const live = new LiveLine({ is_terminal: false, write: (part) => text += part, now: () => now });
  for (const at of [5_100, 5_999, 6_000, 6_500, 6_999, 7_000, 7_100]) {
    now = at;
    live.show(`at ${at}`);
  }
  live.end("end");
  assertEquals(text, "at 6000\nat 7000\nend\n");
});

Deno.test("numbers are written as people read them", () => {
  assertEquals([0, 999, 1_000, 999_960, 256e6, 1.5e9].map(formatBytes), [
    ...["0 B", "999 B", "1.0 kB", "1.0 MB", "256.0 MB", "1.5 GB"],
  ]);
  assertEquals([0.974, 12.4].map(formatSeconds), ["0.97 s", "12 s"]);
  assertEquals([0.2, 99.4, 99.6, 3_000, 1e6, Infinity].map(formatLeft), [
    ...["1 s left", "100 s left", "2 m left", "50 m left", "", ""],
  ]);
  assertEquals([formatShare(1, 3), formatShare(0, 0)], ["33%", "0%"]);
  assertEquals([formatMs(3), formatMs(41.4)], ["< 10 ms", "41 ms"]);
});

Deno.test("requireSpace() names the folder, what is needed, what is there, and what to do", () => {
  requireSpace("/tmp", 100, 100);
  const error = assertThrows(() => requireSpace("/tmp", 1_200_000_000, 300_000_000), Error);
  assertEquals(
    error.message,
    "it needs 1.2 GB of free space, but /tmp has 300.0 MB; " +
      "free some, or set TMPDIR (TEMP on Windows) to a folder on another disk",
  );
});
