import { statfsSync } from "node:fs";
import { LanspreadError } from "../../src/base/errors.ts";
import { walk } from "../../src/base/std/fs.ts";
import { relative } from "../../src/base/std/path.ts";
import { unpack, type UnpackState } from "../../src/install/unpack.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";
import { print } from "../support/print.ts";

const MIB = 1024 * 1024;
const NEVER = new AbortController().signal;
const NOISE = new Uint8Array(MIB).map((_, i) => (i * 2_654_435_761) >>> 24);

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A large entry; each MiB begins with its own number. */
function large(name: string, size: number): RarWriterEntry {
  const data = (offset: number, length: number) => {
    const piece = NOISE.slice(0, length);
    new DataView(piece.buffer).setUint32(0, offset / MIB);
    return piece;
  };
  return { name, size, data };
}

async function listing(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, isDirectory } of walk(root)) {
    if (path !== root) found.push(relative(root, path) + (isDirectory ? "/" : ""));
  }
  return found.sort();
}

/** Unpacks archives with these entries from `dir` into `dir/out`. */
async function unpackEntries(dir: TempDir, ...archives: RarWriterEntry[][]) {
  const paths = archives.map((_, i) => dir.join(`${i}.eti`));
  for (const [i, entries] of archives.entries()) await writeStoredRar5(dir.join(`${i}.eti`), entries);
  return await unpack({ archives: paths, destination: await dir.mkdir("out"), signal: NEVER });
}

async function refusal(dir: TempDir, ...archives: RarWriterEntry[][]): Promise<LanspreadError> {
  const error = await assertRejects(() => unpackEntries(dir, ...archives), LanspreadError);
  assertEquals((await listing(dir.path)).filter((path) => !/^(\d\.eti|out\/.*)$/.test(path)), []);
  return error;
}

Deno.test("unpack() restores names, bytes, empty files, directories, times and the executable bit", async () => {
  await using dir = await TempDir.make();
  const result = await unpackEntries(dir, [
    { name: "empty dir", directory: true, modified_s: 1_500_000_000 },
    { name: "zero", bytes: new Uint8Array(0) },
    { name: "漢字/e\u0301 👋.txt", bytes: text("unicode"), modified_s: 1_600_000_000 },
    { name: "run.sh", bytes: text("#!/bin/sh"), mode: 0o100755 },
    { name: "empty dir/sub/file", bytes: text("x") },
    large("big.bin", 3 * MIB + 17),
  ]);
  assertEquals(result, { files: 5, bytes: 3 * MIB + 17 + 17 });
  assertEquals(await listing(dir.join("out")), [
    "big.bin",
    "empty dir/",
    "empty dir/sub/",
    "empty dir/sub/file",
    "run.sh",
    "zero",
    "漢字/",
    "漢字/\u00e9 👋.txt",
  ]);
  const file = await Deno.stat(dir.join("out/漢字/\u00e9 👋.txt"));
  assertEquals(file.mtime?.getTime(), 1_600_000_000_000);
  assertEquals((await Deno.stat(dir.join("out/empty dir"))).mtime?.getTime(), 1_500_000_000_000);
  const age_ms = Date.now() - ((await Deno.stat(dir.join("out/zero"))).mtime?.getTime() ?? 0);
  assert(age_ms >= -1_000 && age_ms < 600_000, "an entry without a time gets the time of unpacking");
  if (Deno.build.os !== "windows") {
    assertEquals(((await Deno.stat(dir.join("out/run.sh"))).mode ?? 0) & 0o100, 0o100);
    assertEquals(((await Deno.stat(dir.join("out/zero"))).mode ?? 0) & 0o111, 0);
  }
  const big = await Deno.readFile(dir.join("out/big.bin"));
  const expected = new Uint8Array(3 * MIB + 17);
  for (let at = 0; at < expected.length; at += MIB) {
    expected.set(NOISE.subarray(0, Math.min(MIB, expected.length - at)), at);
    new DataView(expected.buffer).setUint32(at, at / MIB);
  }
  assertEquals(big.length, expected.length);
  assert(big.every((byte, i) => byte === expected[i]));
});

Deno.test("unpack() lets a later archive replace the files of an earlier one", async () => {
  await using dir = await TempDir.make();
  const result = await unpackEntries(
    dir,
    [{ name: "a", bytes: text("first, longer") }, { name: "b", bytes: text("b") }],
    [{ name: "a", bytes: text("second") }],
  );
  assertEquals(result, { files: 2, bytes: 20 });
  assertEquals(await Deno.readTextFile(dir.join("out/a")), "second");
  assertEquals(await Deno.readTextFile(dir.join("out/b")), "b");
});

Deno.test("unpack() tells progress inside one large entry and ends with everything done", async () => {
  await using dir = await TempDir.make();
  const archive = dir.join("a.eti");
  const total_bytes = 100 * MIB;
  await writeStoredRar5(archive, [large("big.bin", total_bytes)]);
  const states: UnpackState[] = [];
  const begin_ms = performance.now();
  const destination = await dir.mkdir("out");
  await unpack({
    archives: [archive],
    destination,
    signal: NEVER,
    onProgress: (state) => states.push(state),
  });
  const took_ms = performance.now() - begin_ms;
  print(`100 MiB stored: ${Math.round(total_bytes / MIB / (took_ms / 1000))} MiB/s`);
  assertEquals(states[0], { done_bytes: 0, total_bytes });
  assertEquals(states.at(-1), { done_bytes: total_bytes, total_bytes });
  for (const [i, { done_bytes }] of states.entries()) assert(done_bytes > (states[i - 1]?.done_bytes ?? -1));
  assert(states.length <= took_ms / 100 + 2, `${states.length} messages in ${took_ms} ms`);
});

Deno.test("unpack() rejects with what onProgress throws", async () => {
  await using dir = await TempDir.make();
  const archive = dir.join("a.eti");
  await writeStoredRar5(archive, [{ name: "a", bytes: text("a") }]);
  const onProgress = () => {
    throw new TypeError("a bug of the caller");
  };
  const destination = await dir.mkdir("out");
  await assertRejects(
    () => unpack({ archives: [archive], destination, signal: NEVER, onProgress }),
    TypeError,
    "bug",
  );
});

Deno.test("unpack() has stopped writing when it rejects with what onProgress throws", async () => {
  await using dir = await TempDir.make();
  const small = Array.from({ length: 400 }, (_, i) => ({ name: `f${i}`, bytes: text("x") }));
  await writeStoredRar5(dir.join("a.eti"), small);
  await writeStoredRar5(dir.join("b.eti"), [good]);
  const onProgress = () => {
    throw new TypeError("a bug of the caller");
  };
  for (let round = 0; round < 5; round++) {
    const destination = await dir.mkdir(`out${round}`);
    const options = { archives: [dir.join("a.eti")], destination, signal: NEVER, onProgress };
    await assertRejects(() => unpack(options), TypeError);
    const names = [...Deno.readDirSync(destination)].length;
    // What still runs has time to go on meanwhile.
    await unpack({ archives: [dir.join("b.eti")], destination: await dir.mkdir(`b${round}`), signal: NEVER });
    assertEquals([...Deno.readDirSync(destination)].length, names);
  }
});

Deno.test("unpack() refuses an aborted signal at once", async () => {
  await using dir = await TempDir.make();
  const destination = await dir.mkdir("out");
  const error = await assertRejects(
    () => unpack({ archives: [dir.join("none.eti")], destination, signal: AbortSignal.abort() }),
    LanspreadError,
  );
  assertEquals(error.code, "cancelled");
});

Deno.test("unpack() has stopped writing when a cancellation rejects", async () => {
  await using dir = await TempDir.make();
  const archive = dir.join("a.eti");
  await writeStoredRar5(archive, [large("big.bin", 300 * MIB), large("more.bin", MIB)]);
  const destination = await dir.mkdir("out");
  const cancel = new AbortController();
  const running = unpack({ archives: [archive], destination, signal: cancel.signal });
  const failed = assertRejects(() => running, LanspreadError);
  await until("something is written", async () => {
    const info = await Deno.stat(dir.join("out/big.bin")).catch(() => undefined);
    return info !== undefined && info.size > MIB;
  });
  cancel.abort();
  assertEquals((await failed).code, "cancelled");
  const { size } = await Deno.stat(dir.join("out/big.bin"));
  assert(size < 300 * MIB);
  await Deno.remove(destination, { recursive: true });
  assertEquals(await listing(dir.path), ["a.eti"]);
});

type Refused = [what: string, entries: RarWriterEntry[], code: string, message: string];

const good: RarWriterEntry = { name: "good", bytes: text("good") };

const REFUSED: Refused[] = [
  ["traversal", [good, { name: "../x", bytes: text("x") }], "archive_unsafe", '"../x"'],
  ["an absolute path", [good, { name: "/abs", bytes: text("x") }], "archive_unsafe", "absolute"],
  ["a drive letter", [good, { name: "C:/x", bytes: text("x") }], "archive_unsafe", '"C:/x"'],
  ["a directory outside", [good, { name: "../d", directory: true }], "archive_unsafe", '"../d"'],
  [
    "a symlink",
    [
      good,
      { name: "l", bytes: text(""), mode: 0o120777, link: { type: 1, target: "/etc" } },
    ],
    "archive_unsafe",
    '"l"',
  ],
  [
    "an empty hard link that looks like a file",
    [
      good,
      { name: "l", bytes: text(""), link: { type: 4, target: "good" } },
    ],
    "archive_unsafe",
    '"l" is a link',
  ],
  [
    "a copy by reference",
    [
      good,
      { name: "l", bytes: text(""), declared_size: 4, link: { type: 5, target: "good" } },
    ],
    "archive_unsafe",
    '"l"',
  ],
  [
    "a junction that looks like a directory",
    [
      good,
      { name: "l", directory: true, link: { type: 3, target: "C:/" } },
    ],
    "archive_unsafe",
    '"l" is a link',
  ],
  [
    "an encrypted entry",
    [good, { name: "e", bytes: text("1234567890123456"), encrypted: true }],
    "archive_encrypted",
    '"e"',
  ],
  [
    "more than the disk holds",
    [good, { name: "huge", bytes: text("x"), declared_size: 2 ** 50 }],
    "disk_full",
    `${2 ** 50 + 8} bytes and the disk has`,
  ],
  [
    "an unknown size",
    [good, { name: "u", bytes: text("x"), declared_size: 2 ** 62 }],
    "archive_unsafe",
    "how large",
  ],
  ["names that differ by case", [good, { name: "GOOD", bytes: text("x") }], "archive_unsafe", '"GOOD"'],
  [
    "a reserved Windows name",
    [good, { name: "maps/nul.txt", bytes: text("x") }],
    "archive_unsafe",
    "reserved",
  ],
  ["a control character", [good, { name: "a\u0001", bytes: text("x") }], "archive_unsafe", "control"],
  [
    "a file below another file",
    [good, { name: "good/x", bytes: text("x") }],
    "archive_unsafe",
    "can't stand beside each other",
  ],
  [
    "the marker of lanspread",
    [good, { name: ".lanspread_owned", bytes: text("") }],
    "archive_unsafe",
    "reserved",
  ],
];

for (const [what, entries, code, message] of REFUSED) {
  Deno.test(`unpack() refuses ${what} before anything is written`, async () => {
    await using dir = await TempDir.make();
    const error = await refusal(dir, [good], entries);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, message);
    assertEquals(await listing(dir.join("out")), []);
  });
}

Deno.test("unpack() counts all archives against the free disk, before anything is written", async () => {
  await using dir = await TempDir.make();
  const { bavail, bsize } = statfsSync(dir.path);
  const declared_size = Math.ceil(bavail * bsize * 0.6);
  const half = (name: string): RarWriterEntry[] => [{ name, bytes: text("x"), declared_size }];
  const error = await refusal(dir, half("one"), half("two"));
  assertEquals(error.code, "disk_full");
  assertStringIncludes(error.message, `unpacking needs ${2 * declared_size} bytes`);
  assertEquals(await listing(dir.join("out")), []);
});

Deno.test("unpack() tells the total of all archives before the first byte", async () => {
  await using dir = await TempDir.make();
  const archives = [dir.join("a.eti"), dir.join("b.eti")];
  for (const [i, path] of archives.entries()) {
    await writeStoredRar5(path, [{ name: `${i}`, bytes: new Uint8Array(100 + i) }]);
  }
  const states: UnpackState[] = [];
  const onProgress = (state: UnpackState) => states.push(state);
  await unpack({ archives, destination: await dir.mkdir("out"), signal: NEVER, onProgress });
  assertEquals([states[0], states.at(-1)], [
    { done_bytes: 0, total_bytes: 201 },
    { done_bytes: 201, total_bytes: 201 },
  ]);
});

Deno.test("unpack() never writes more than a header declares", async () => {
  await using dir = await TempDir.make();
  const error = await refusal(dir, [{ ...large("bomb", 8 * MIB), declared_size: MIB }]);
  assertEquals(error.code, "archive_damaged");
  const written = await Deno.stat(dir.join("out/bomb")).catch(() => undefined);
  assert((written?.size ?? 0) <= MIB);
});

Deno.test("unpack() refuses an entry that is shorter than its header declares", async () => {
  await using dir = await TempDir.make();
  const error = await refusal(dir, [{ name: "short", bytes: text("abc"), declared_size: 4 }]);
  assertEquals(error.code, "archive_damaged");
});

Deno.test("unpack() notices a wrong checksum", async () => {
  await using dir = await TempDir.make();
  const error = await refusal(dir, [good, { name: "bad", bytes: text("bad"), damaged: true }]);
  assertEquals(error.code, "archive_damaged");
  assertStringIncludes(error.message, "0.eti");
});

Deno.test("unpack() notices an archive that ends between two entries", async () => {
  await using dir = await TempDir.make();
  await writeStoredRar5(dir.join("a.eti"), [good], { end: false });
  const destination = await dir.mkdir("out");
  const error = await assertRejects(
    () => unpack({ archives: [dir.join("a.eti")], destination, signal: NEVER }),
    LanspreadError,
  );
  assertEquals(error.code, "archive_damaged");
  assertEquals(await listing(destination), []);
});

Deno.test("unpack() opens a self-extracting archive and refuses its links too", async () => {
  await using dir = await TempDir.make();
  const selfExtracting = async (name: string, entries: RarWriterEntry[]) => {
    await writeStoredRar5(dir.join("plain"), entries);
    const program = new Uint8Array(5_000).fill(0x4d);
    return await dir.write(name, new Uint8Array([...program, ...await Deno.readFile(dir.join("plain"))]));
  };
  const out = await dir.mkdir("out");
  const fine = await selfExtracting("a.eti", [good]);
  await unpack({ archives: [fine], destination: out, signal: NEVER });
  assertEquals(await Deno.readTextFile(dir.join("out/good")), "good");
  const linked = await selfExtracting("b.eti", [
    { name: "l", bytes: text(""), link: { type: 4, target: "good" } },
  ]);
  const error = await assertRejects(
    () => unpack({ archives: [linked], destination: out, signal: NEVER }),
    LanspreadError,
  );
  assertEquals(error.code, "archive_unsafe");
  assertEquals(await listing(out), ["good"]);
});

const BROKEN: Record<string, [data: Uint8Array | undefined, code: string]> = {
  "a file that is no archive": [text("not an archive at all"), "archive_damaged"],
  "an empty file": [new Uint8Array(0), "archive_damaged"],
  "a file that is missing": [undefined, "archive_missing"],
};

for (const [what, [data, code]] of Object.entries(BROKEN)) {
  Deno.test(`unpack() tells ${what}`, async () => {
    await using dir = await TempDir.make();
    if (data) await dir.write("a.eti", data);
    const destination = await dir.mkdir("out");
    const error = await assertRejects(
      () => unpack({ archives: [dir.join("a.eti")], destination, signal: NEVER }),
      LanspreadError,
    );
    assertEquals(error.code, code);
    assertStringIncludes(error.message, "a.eti");
  });
}

Deno.test("unpack() survives an entry that asks for a dictionary of 4 GiB", async () => {
  await using dir = await TempDir.make();
  const method_best = 5 << 7;
  const dictionary_4_gib = 15 << 10;
  const compression = method_best | dictionary_4_gib;
  const error = await refusal(dir, [{
    name: "x",
    bytes: NOISE.subarray(0, 999),
    declared_size: 9_999,
    compression,
  }]);
  assert(["io", "archive_damaged"].includes(error.code), error.code);
});
