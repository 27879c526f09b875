import fc from "fast-check";
import { type Line, readLines } from "../../src/cli/lines.ts";
import { assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const encoder = new TextEncoder();

/** The lines of these pieces, as they come in. */
function linesOf(pieces: readonly (string | Uint8Array)[], limit_bytes = 100): Promise<Line[]> {
  const chunks = pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece);
  return Array.fromAsync(readLines(ReadableStream.from(chunks), limit_bytes));
}

const text = (value: string): Line => ({ text: value });
const too_long: Line = { too_long: true };

Deno.test("a stream is cut at line feeds; the last line needs none", async () => {
  assertEquals(await linesOf(["a\nbc\n\nd"]), [text("a"), text("bc"), text(""), text("d")]);
  assertEquals(await linesOf(["a\n"]), [text("a")]);
  assertEquals(await linesOf(["\n"]), [text("")]);
  assertEquals(await linesOf([]), []);
  assertEquals(await linesOf([""]), []);
});

Deno.test("wherever the stream is cut into pieces, the lines are the same", async () => {
  const lines = fc.array(
    fc.string({ unit: "grapheme", maxLength: 12 }).map((line) => line.replace(/[\n\ufeff]/g, "")),
  );
  await holds(fc.asyncProperty(lines, fc.array(fc.integer({ min: 1, max: 5 })), async (texts, cuts) => {
    const whole = encoder.encode(texts.map((line) => `${line}\n`).join(""));
    const pieces: Uint8Array[] = [];
    for (let at = 0, i = 0; at < whole.length; i++) {
      const size = cuts[i % Math.max(1, cuts.length)] ?? 1;
      pieces.push(whole.slice(at, at += size));
    }
    assertEquals(await linesOf(pieces, 1_000), texts.map(text));
  }));
});

Deno.test("a character that is cut in two comes whole", async () => {
  const bytes = encoder.encode("ä€😀\n");
  assertEquals(await linesOf([...bytes].map((byte) => new Uint8Array([byte]))), [text("ä€😀")]);
});

Deno.test("a line at the limit passes, one byte more is reported once, and the next line is fine", async () => {
  const [fits, over] = ["x".repeat(100), "x".repeat(101)];
  assertEquals(await linesOf([`${fits}\n${over}\nok\n`]), [text(fits), too_long, text("ok")]);
  assertEquals(await linesOf([...Array(50).fill("x".repeat(99)), "\nok"]), [too_long, text("ok")]);
  assertEquals(await linesOf([over]), [too_long]);
  assertEquals(await linesOf([`${over}\n\n`]), [too_long, text("")]);
});

Deno.test("bytes that are no UTF-8 become replacement characters and end nothing", async () => {
  assertEquals(await linesOf([new Uint8Array([97, 255, 10]), "ok\n"]), [text("a\ufffd"), text("ok")]);
});
