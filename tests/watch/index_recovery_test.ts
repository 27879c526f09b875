import { DatabaseSync } from "node:sqlite";
import { fromFileUrl } from "../../src/base/std/path.ts";
import { GameId, type Sha256 } from "../../src/proto/ids.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import type { LocalGame } from "../../src/watch/local_game.ts";
import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { TempDir } from "../support/temp_dir.ts";

const DIGEST = "a".repeat(64) as Sha256;

function installed(id: string): LocalGame {
  return {
    id: GameId.parse(id),
    version: null,
    size: 0,
    downloaded: false,
    installed: true,
    manifest: null,
    availability: "local_only",
    problem: null,
  };
}

// Enough rows for several pages.
async function makeFilled(dir: TempDir): Promise<{ path: string; revision: number; bytes: Uint8Array }> {
  const path = dir.join("library.db");
  let revision = 0;
  {
    using index = LibraryIndex.open(path);
    const games = Array.from({ length: 400 }, (_, i) => installed(`game_${i}`));
    index.update("/games", games.map((game) => ({ fingerprint: "f", game })));
    for (let i = 0; i < 5; i++) revision = index.revision(DIGEST.replace(/^a/, String(i)) as Sha256);
  }
  return { path, revision, bytes: await Deno.readFile(path) };
}

const DAMAGES: [name: string, damage: (bytes: Uint8Array) => Uint8Array][] = [
  ["garbage", (bytes) => bytes.map((_, i) => (i * 37) % 251)],
  ["a text", () => new TextEncoder().encode("this is no database\n".repeat(100))],
  ["a file that was cut in the middle", (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2))],
  ["a file that was cut after its first page", (bytes) => bytes.subarray(0, 4096)],
  ["a file that was cut in its header", (bytes) => bytes.subarray(0, 50)],
  ["a file with zeros in the middle", (bytes) => bytes.with(0, bytes[0] ?? 0).fill(0, 4096, 12_288)],
];

for (const [name, damage] of DAMAGES) {
  Deno.test(`LibraryIndex sets ${name} aside, begins anew and keeps the revision growing`, async () => {
    await using dir = await TempDir.make();
    const { path, revision, bytes } = await makeFilled(dir);
    const damaged = damage(bytes);
    await Deno.writeFile(path, damaged);
    using index = LibraryIndex.open(path);
    assertEquals(await Deno.readFile(`${path}.damaged-1`), damaged);
    assertStringIncludes(index.notice ?? "", `${path} was damaged; it is kept as library.db.damaged-1`);
    assertEquals(index.ids("/games"), []);
    assertGreater(index.revision(DIGEST), revision);
    index.update("/games", [{ fingerprint: "f", game: installed("quake") }]);
    assertEquals<string[]>(index.ids("/games"), ["quake"]);
  });
}

Deno.test("LibraryIndex keeps every damaged file", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("library.db");
  for (const n of [1, 2]) {
    await Deno.writeTextFile(path, `garbage number ${n}`.repeat(50));
    using index = LibraryIndex.open(path);
    assertMatch(index.notice ?? "", new RegExp(`damaged-${n}`));
  }
  for (const n of [1, 2]) {
    assertStringIncludes(await Deno.readTextFile(`${path}.damaged-${n}`), `garbage number ${n}`);
  }
});

Deno.test("LibraryIndex sets the file of a newer program aside, unharmed", async () => {
  await using dir = await TempDir.make();
  const { path } = await makeFilled(dir);
  {
    using db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 99");
  }
  using index = LibraryIndex.open(path);
  assertStringIncludes(
    index.notice ?? "",
    "was written by a newer lanspread; it is kept as library.db.newer-1",
  );
  assertEquals(index.ids("/games"), []);
  using kept = new DatabaseSync(`${path}.newer-1`);
  assertEquals(kept.prepare("SELECT count(*) n FROM roots").get()?.n, 400);
});

const ON_WINDOWS = Deno.build.os === "windows";

Deno.test({
  name: "LibraryIndex sets the log of an open newer file aside with it" +
    (ON_WINDOWS ? " (skipped: Windows renames no open file)" : ""),
  ignore: ON_WINDOWS,
  fn: async () => {
    await using dir = await TempDir.make();
    const path = dir.join("library.db");
    using newer = new DatabaseSync(path);
    newer.exec("PRAGMA journal_mode = WAL; PRAGMA user_version = 99; CREATE TABLE t (x)");
    using index = LibraryIndex.open(path);
    const log_bytes = (await Deno.stat(`${path}.newer-1-wal`)).size;
    assertGreater(log_bytes, 0);
    assert((await Deno.stat(`${path}.newer-1-shm`)).isFile);
    assertGreater(index.revision(DIGEST), 1);
  },
});

Deno.test("LibraryIndex takes an empty file for a new one", async () => {
  await using dir = await TempDir.make();
  const path = await dir.write("library.db", "");
  using index = LibraryIndex.open(path);
  assertEquals([index.notice, index.revision(DIGEST)], [null, 1]);
});

const WRITER = `
const { LibraryIndex } = await import(Deno.args[0]);
const revisions = [];
for (let i = 0; i < 10; i++) {
  using index = LibraryIndex.open(Deno.args[1], { busy_timeout_ms: 30000 });
  const id = Deno.args[2] + "_" + i;
  const game = { id, version: null, size: 0, downloaded: false, installed: true, problem: null };
  index.update("/games", [{ fingerprint: "f", game }]);
  revisions.push(index.revision((Deno.args[2] + i).padStart(64, "0")));
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(revisions)));
`;

Deno.test("LibraryIndex is opened and written by several processes at once without harm", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("library.db");
  const revisions = (await runWriters(path, 4)).sort((a, b) => a - b);
  assertEquals(revisions, Array.from({ length: 40 }, (_, i) => i + 1));
  using index = LibraryIndex.open(path);
  assertEquals(index.notice, null);
  assertEquals(index.ids("/games").length, 40);
});

// Every writer has ended before its result counts: the folder must not go while one still writes.
async function runWriters(path: string, count: number): Promise<number[]> {
  const stop = new AbortController();
  try {
    const numbers = Array.from({ length: count }, (_, n) => n + 1);
    const running = Promise.all(numbers.map((n) => runWriter(path, n, stop.signal)));
    const outputs = await within(`${count} writers`, running, 60_000);
    const text = new TextDecoder();
    for (const { success, stderr } of outputs) assert(success, text.decode(stderr));
    return outputs.flatMap(({ stdout }) => JSON.parse(text.decode(stdout)));
  } finally {
    stop.abort();
  }
}

async function runWriter(path: string, n: number, signal: AbortSignal): Promise<Deno.CommandOutput> {
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const module = new URL("../../src/watch/index.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", config, "-", module, path, String(n)],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  await new Blob([WRITER]).stream().pipeTo(child.stdin);
  return await child.output();
}
