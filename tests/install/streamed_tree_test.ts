import { createHash } from "node:crypto";
import { LanspreadError } from "../../src/base/errors.ts";
import type { ByteProgress } from "../../src/install/progress_meter.ts";
import { writeStreamedTree } from "../../src/install/streamed_tree.ts";
import { Sha256 } from "../../src/proto/ids.ts";
import { InstallPath } from "../../src/proto/paths.ts";
import type { StreamItem } from "../../src/proto/stream.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { filesBelow } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";

const NEVER = new AbortController().signal;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha = (text: string) => Sha256.parse(createHash("sha256").update(text).digest("hex"));
const path = (text: string) => InstallPath.parse(text);

const file = (name: string, size: number, fields = {}): StreamItem => ({
  ...{ type: "stream_file", path: path(name), size, executable: false },
  ...fields,
});
const data = (text: string): StreamItem => ({ type: "stream_data", bytes: bytesOf(text) });
const end = (text: string): StreamItem => ({ type: "stream_file_end", sha256: sha(text) });
const whole = (name: string, text: string, fields = {}): StreamItem[] => [
  file(name, text.length, fields),
  ...(text === "" ? [] : [data(text)]),
  end(text),
];
const folder = (name: string, fields = {}): StreamItem => ({
  ...{ type: "stream_folder", path: path(name) },
  ...fields,
});
const over = (files: number, bytes: number): StreamItem => ({ type: "stream_end", files, bytes });

interface Announced {
  entries: number;
  total_bytes: number;
}

async function* sent(items: readonly StreamItem[]): AsyncGenerator<StreamItem> {
  for (const item of items) yield await Promise.resolve(item);
}

function write(
  dir: TempDir,
  items: readonly StreamItem[],
  announced: Announced,
  onProgress: (progress: ByteProgress) => void = () => {},
) {
  const options = { destination: dir.path, signal: NEVER, onProgress };
  return writeStreamedTree({ ...announced, items: sent(items) }, options);
}

Deno.test("writeStreamedTree() writes files and folders with their times and permissions", async () => {
  await using dir = await TempDir.make();
  const modified_ms = Date.UTC(2001, 1, 3, 4, 5, 6);
  const progress: ByteProgress[] = [];
  const items = [
    folder("saves/mine", { modified_ms }),
    file("bin/game.exe", 11, { executable: true, modified_ms }),
    ...[data("hello "), data("world"), end("hello world")],
    ...whole("empty.cfg", ""),
    ...whole("saves/mine/a.sav", "abc"),
    over(3, 14),
  ];
  const announced = { entries: 4, total_bytes: 14 };
  const result = await write(dir, items, announced, (state) => void progress.push(state));
  assertEquals(result, { files: 3, bytes: 14 });
  assertEquals(await filesBelow(dir.path), ["bin/game.exe", "empty.cfg", "saves/mine/a.sav"]);
  assertEquals(await Deno.readTextFile(dir.join("bin/game.exe")), "hello world");
  for (const name of ["bin/game.exe", "saves/mine"]) {
    assertEquals((await Deno.stat(dir.join(name))).mtime?.getTime(), modified_ms, name);
  }
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(dir.join("bin/game.exe"))).mode! & 0o100, 0o100);
    assertEquals((await Deno.stat(dir.join("empty.cfg"))).mode! & 0o111, 0);
  }
  assertEquals(progress.at(-1), { done_bytes: 14, total_bytes: 14 });
});

const TWO = [...whole("a", "aaa"), ...whole("b", "bb")];
const ONE: Announced = { entries: 1, total_bytes: 3 };

/** What a wrong sender sends, what it announced, and what is said of it. */
const WRONG: Record<string, [StreamItem[], Announced, string]> = {
  "nothing at all": [[], { entries: 0, total_bytes: 0 }, "ended without its end"],
  "no end": [whole("a", "aaa"), ONE, "ended without its end"],
  "another checksum": [[file("a", 3), data("aab"), end("aaa"), over(1, 3)], ONE, "another checksum"],
  "more bytes than the file has": [[file("a", 3), data("aa"), data("aa")], ONE, "is larger than announced"],
  "fewer bytes than the file has": [[file("a", 3), data("aa"), end("aa")], ONE, "is shorter than announced"],
  "files larger than the total": [
    [...whole("a", "aaa"), file("b", 1)],
    { entries: 2, total_bytes: 3 },
    "larger",
  ],
  "one file larger than the total": [[file("a", 2 ** 50)], ONE, "larger than announced together"],
  "more entries than announced": [[...whole("a", "aaa"), ...whole("b", "")], ONE, "more entries"],
  "endless folders": [
    Array.from({ length: 3 }, () => folder("a")),
    { entries: 2, total_bytes: 0 },
    "more entries",
  ],
  "fewer entries than announced": [
    [...TWO, over(2, 5)],
    { entries: 3, total_bytes: 5 },
    "what was announced",
  ],
  "fewer bytes than announced": [[...TWO, over(2, 5)], { entries: 2, total_bytes: 6 }, "what was announced"],
  "an end that counts other files": [
    [...TWO, over(1, 5)],
    { entries: 2, total_bytes: 5 },
    "what was announced",
  ],
  "an end that counts other bytes": [
    [...TWO, over(2, 4)],
    { entries: 2, total_bytes: 5 },
    "what was announced",
  ],
  "an end inside a file": [[file("a", 3), data("aaa"), over(1, 3)], ONE, "has no end"],
  "a file inside a file": [[file("a", 1), file("b", 2)], { entries: 2, total_bytes: 3 }, "has no end"],
  "a folder inside a file": [[file("a", 1), folder("b")], { entries: 2, total_bytes: 3 }, "has no end"],
  "content without a file": [[data("x")], ONE, "without a file"],
  "content after a file": [[...whole("a", "aaa"), data("x")], ONE, "without a file"],
  "the end of no file": [[end("")], ONE, "had not begun"],
  "a file twice": [[...whole("a", "a"), ...whole("a", "b")], { entries: 2, total_bytes: 2 }, "came before"],
  "a file again in other case": [
    [...whole("a", "a"), file("A", 1)],
    { entries: 2, total_bytes: 2 },
    "came before",
  ],
  "a file below a file": [[...whole("a", "a"), file("a/b", 1)], { entries: 2, total_bytes: 2 }, "is a file"],
};

for (const [what, [items, announced, problem]] of Object.entries(WRONG)) {
  Deno.test(`writeStreamedTree() refuses ${what}`, async () => {
    await using dir = await TempDir.make();
    const error = await assertRejects(() => write(dir, items, announced), LanspreadError);
    assertEquals(error.code, "invalid_request");
    assertStringIncludes(error.message, problem);
    // No file is open any more: on some systems it could not be removed then.
    await Deno.remove(dir.path, { recursive: true });
  });
}

Deno.test("writeStreamedTree() writes through no link that stands in its way", async () => {
  await using dir = await TempDir.make();
  await dir.write("outside", "precious");
  const destination = await dir.mkdir("destination");
  await Deno.symlink(dir.join("outside"), `${destination}/a`);
  const tree = { ...ONE, items: sent([...whole("a", "aaa"), over(1, 3)]) };
  await assertRejects(() => writeStreamedTree(tree, { destination, signal: NEVER, onProgress: () => {} }));
  assertEquals(await Deno.readTextFile(dir.join("outside")), "precious");
});

Deno.test("writeStreamedTree() stops between two items when it is cancelled, and leaves the source", async () => {
  await using dir = await TempDir.make();
  const cancelling = new AbortController();
  const reason = new Error("enough");
  let is_left = false;
  const items = async function* (): AsyncGenerator<StreamItem> {
    try {
      yield* whole("a", "aaa");
      cancelling.abort(reason);
      yield* await Promise.resolve(whole("b", "bbb"));
    } finally {
      is_left = true;
    }
  };
  const tree = { entries: 2, total_bytes: 6, items: items() };
  const options = { destination: dir.path, signal: cancelling.signal, onProgress: () => {} };
  assertEquals(await writeStreamedTree(tree, options).catch((error) => error), reason);
  assert(is_left);
  assertEquals(await filesBelow(dir.path), ["a"]);
});
