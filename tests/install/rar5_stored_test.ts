/**
 * Entries that are copied past unrar come out like those that unrar unpacks, and are refused alike.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { LanspreadError } from "../../src/base/errors.ts";
import { checkRar5 } from "../../src/install/rar5_check.ts";
import { OutputFile } from "../../src/install/output_file.ts";
import { StoredEntries } from "../../src/install/rar5_stored.ts";
import { unpack } from "../../src/install/unpack.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { assertSameTree, makeTree, MIB } from "../support/games.ts";
import { leftOut, print } from "../support/print.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

const NEVER = new AbortController().signal;
const text = (value: string) => new TextEncoder().encode(value);

/** What an entry says besides name and content, and whether it is copied. */
const ENTRIES: [what: string, over: Partial<RarWriterEntry>, is_copied: boolean][] = [
  ["a plain entry", {}, true],
  ["an empty entry", { bytes: new Uint8Array(0) }, true],
  ["an entry with a time", { modified_s: 1_600_000_000 }, true],
  ["an entry with a dictionary that it does not need", { compression: 5 << 10 }, true],
  ["an entry without a checksum", { unchecked: true }, false],
  ["a compressed entry", { compression: 3 << 7 }, false],
  ["an entry of a solid group", { compression: 1 << 6 }, false],
  ["an entry of another method's version", { compression: 1 }, false],
  ["an entry that declares another size", { declared_size: 7 }, false],
  ["an entry that declares more than a number holds", { declared_size: 2 ** 62 }, false],
  ["an encrypted entry", { encrypted: true }, false],
];
for (const [what, over, is_copied] of ENTRIES) {
  Deno.test(`${what} is ${is_copied ? "copied" : "left to unrar"}`, async () => {
    await using dir = await TempDir.make();
    const entry = { name: "a/b ü.bin", bytes: text("hello"), ...over } as RarWriterEntry;
    await writeStoredRar5(dir.join("a.eti"), [{ name: "first", bytes: text("first") }, entry]);
    const found = checkRar5(dir.join("a.eti"));
    assertEquals(found.map(({ name }) => name), is_copied ? ["first", "a/b ü.bin"] : ["first"]);
    const last = found.at(-1);
    assert(last);
    using file = await Deno.open(last.volume);
    await file.seek(last.offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(last.size);
    if (last.size > 0) await file.read(bytes);
    const content = is_copied && "bytes" in entry ? entry.bytes : text("first");
    assertEquals(bytes, content);
  });
}

Deno.test("copied and unpacked entries stand beside each other in one archive, byte for byte", async () => {
  await using dir = await TempDir.make();
  const content = Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [`${i % 2}/f${i}.bin`, i * 700_001]),
  );
  await makeTree(dir.join("expected"), content);
  const entries = Object.keys(content).map((name, i): RarWriterEntry => ({
    name,
    bytes: Deno.readFileSync(dir.join("expected", name)),
    unchecked: i % 3 === 1,
  }));
  await writeStoredRar5(dir.join("a.eti"), entries);
  assertEquals(checkRar5(dir.join("a.eti")).length, 6);
  await unpack({ archives: [dir.join("a.eti")], destination: await dir.mkdir("out"), signal: NEVER });
  await assertSameTree(dir.join("expected"), dir.join("out"));
});

Deno.test("a byte that changed on the disk is noticed by the checksum of the copy", async () => {
  await using dir = await TempDir.make();
  await writeStoredRar5(dir.join("a.eti"), [{ name: "a", bytes: new Uint8Array(3 * MIB) }]);
  using file = await Deno.open(dir.join("a.eti"), { write: true });
  await file.seek(2 * MIB, Deno.SeekMode.Start);
  await file.write(Uint8Array.of(1));
  const options = { archives: [dir.join("a.eti")], destination: await dir.mkdir("out"), signal: NEVER };
  const error = await assertRejects(() => unpack(options), LanspreadError);
  assertEquals(error.code, "archive_damaged");
  assertStringIncludes(error.message, "a.eti");
});

Deno.test("nothing of a solid archive is copied: unrar reads through it in any case", async () => {
  await using dir = await TempDir.make();
  await writeStoredRar5(dir.join("a.eti"), [{ name: "a", bytes: text("hello") }], { solid: true });
  assertEquals(checkRar5(dir.join("a.eti")), []);
  await unpack({ archives: [dir.join("a.eti")], destination: await dir.mkdir("out"), signal: NEVER });
  assertEquals(await Deno.readTextFile(dir.join("out/a")), "hello");
});

Deno.test("a copy stops when it is told to", async () => {
  await using dir = await TempDir.make();
  await writeStoredRar5(dir.join("a.eti"), [{ name: "a", bytes: text("hello") }]);
  const stop = Int32Array.of(1);
  const entries = checkRar5(dir.join("a.eti"));
  using copies = new StoredEntries(entries, stop);
  const options = { path: dir.join("a"), size: 5, directory: false, executable: false, replaces: false };
  using output = new OutputFile({ ...options, archive: "a.eti", onBytes: () => {} });
  const entry = copies.find("a", 5);
  assert(entry);
  assertEquals(copies.find("a", 6), undefined);
  const error = assertThrows(() => copies.copy(entry, output), LanspreadError);
  assertEquals([error.code, output.position], ["cancelled", 0]);
});

const LARGE_BYTES = 2 ** 32 + 5;
const NEEDED_BYTES = 12 * 1024 * MIB;

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(Deno.env.get("TMPDIR") ?? "/tmp", { bigint: false });
  return bavail * bsize;
}

const ignore = leftOut(
  "an entry over 4 GiB",
  Deno.build.os === "windows"
    ? "its archive is a sparse file"
    : freeBytes() < NEEDED_BYTES
    ? "less than 12 GiB are free"
    : undefined,
);
for (const unchecked of [false, true]) {
  Deno.test({
    name: `an entry over 4 GiB is whole, and so is what follows it, ${unchecked ? "by unrar" : "copied"}`,
    ignore,
    fn: async () => {
      await using dir = await TempDir.make();
      const tail = text("tail!");
      const data = (offset: number, length: number) => offset >= 2 ** 32 ? tail.subarray(0, length) : null;
      await writeStoredRar5(dir.join("a.eti"), [
        { name: "large.bin", size: LARGE_BYTES, data, unchecked },
        { name: "after.txt", bytes: text("after"), unchecked },
      ]);
      const started_ms = performance.now();
      const destination = await dir.mkdir("out");
      const result = await unpack({ archives: [dir.join("a.eti")], destination, signal: NEVER });
      print(`${LARGE_BYTES} bytes in ${((performance.now() - started_ms) / 1_000).toFixed(1)} s`);
      assertEquals(result, { files: 2, bytes: LARGE_BYTES + 5 });
      assertEquals((await Deno.stat(dir.join("out/large.bin"))).size, LARGE_BYTES);
      using file = await Deno.open(dir.join("out/large.bin"));
      await file.seek(2 ** 32 - 1, Deno.SeekMode.Start);
      const end = new Uint8Array(6);
      await file.read(end);
      assertEquals(end, Uint8Array.of(0, ...tail));
      assertEquals(await Deno.readTextFile(dir.join("out/after.txt")), "after");
    },
  });
}
