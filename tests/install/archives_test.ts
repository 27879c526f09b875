import { findArchives } from "../../src/install/archives.ts";
import { isContinuationVolume, isRar5Link, parseRar5Block } from "../../src/install/rar_header.ts";
import { basename } from "../../src/base/std/path.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const RAR5 = [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0x00];
const RAR4 = [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x00];
const CHECKSUM = [0, 0, 0, 0];

/** The beginning of a RAR5 volume: size, type 1, no flags, then these fields. */
function rar5(...fields: number[]): Uint8Array {
  return Uint8Array.from([...RAR5, ...CHECKSUM, fields.length + 2, 1, 0, ...fields]);
}

/** The beginning of a RAR4 volume with these flags. */
function rar4(flags: number): Uint8Array {
  return Uint8Array.from([...RAR4, 0, 0, 0x73, flags & 0xff, flags >> 8, 13, 0, 0, 0, 0, 0, 0, 0]);
}

const HEADS: Record<string, [head: Uint8Array, continuation: boolean]> = {
  "a RAR5 archive": [rar5(0), false],
  "a first RAR5 volume": [rar5(0x01), false],
  "a second RAR5 volume": [rar5(0x03, 1), true],
  "the 300th RAR5 volume": [rar5(0x03, 0xac, 0x02), true],
  "a RAR5 volume that counts from 0": [rar5(0x03, 0), false],
  "a RAR5 archive with encrypted headers": [
    Uint8Array.from([...RAR5, ...CHECKSUM, 5, 4, 0, 0, 0, 15]),
    false,
  ],
  "a RAR5 header that ends too early": [rar5(0x03), false],
  "a RAR5 header with a number that never ends": [
    Uint8Array.from([...RAR5, ...CHECKSUM, ...Array.from({ length: 40 }, () => 0xff)]),
    false,
  ],
  "a RAR4 archive": [rar4(0), false],
  "a first RAR4 volume": [rar4(0x0111), false],
  "a second RAR4 volume": [rar4(0x0011), true],
  "the RAR4 signature alone": [Uint8Array.from(RAR4), false],
  "an empty file": [new Uint8Array(0), false],
  "a text": [new TextEncoder().encode("Rar! is a fine word"), false],
};

for (const [what, [head, continuation]] of Object.entries(HEADS)) {
  Deno.test(`isContinuationVolume() says ${continuation} for ${what}`, () => {
    assertEquals(isContinuationVolume(head), continuation);
  });
}

Deno.test("parseRar5Block() refuses a header that claims more than 2 MiB", () => {
  const bytes = Uint8Array.from([...CHECKSUM, 0x80, 0x80, 0x80, 0x02, 2, 0]);
  assertThrows(() => parseRar5Block(bytes), RangeError, "too long");
});

Deno.test("parseRar5Block() refuses an extra area that is longer than its header", () => {
  assertThrows(() => parseRar5Block(Uint8Array.from([...CHECKSUM, 4, 2, 1, 99, 0])), RangeError);
});

Deno.test("isRar5Link() finds a redirection behind other records", () => {
  assertEquals(isRar5Link(Uint8Array.of(2, 3, 0)), false);
  assertEquals(isRar5Link(Uint8Array.of(2, 3, 0, 4, 5, 4, 0, 0)), true);
});

Deno.test("findArchives() lists root-level .eti files in name order and nothing else", async () => {
  await using dir = await TempDir.make();
  for (const name of ["b.eti", "B.ETI", "a.Eti", "10.eti", "9.eti", "c.rar", "d.eti.txt", "sub/e.eti"]) {
    await dir.write(name, rar5(0));
  }
  await dir.write("part2.eti", rar5(0x03, 1));
  await dir.mkdir("folder.eti");
  await dir.write("outside", rar5(0));
  await Deno.symlink(dir.join("outside"), dir.join("link.eti"));
  const found = await findArchives(dir.path);
  assertEquals(found.map((path) => basename(path)), ["10.eti", "9.eti", "B.ETI", "a.Eti", "b.eti"]);
  assert(found.every((path) => path.startsWith(dir.path)));
});
