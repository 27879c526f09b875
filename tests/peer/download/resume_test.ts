import { createHash } from "node:crypto";
import { adoptHashes } from "../../../src/peer/download/adopt_hashes.ts";
import type { JournalChunk } from "../../../src/peer/download/journal.ts";
import { trustedChunks } from "../../../src/peer/download/resume.ts";
import { Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { chunksOf, type Manifest } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { type FileStamp, lookAtFile } from "../../../src/watch/file_stamp.ts";
import { Hasher } from "../../../src/watch/hasher.ts";
import { LibraryIndex } from "../../../src/watch/index.ts";
import { assertEquals, assertGreater, assertRejects } from "../../support/assert.ts";
import { makeGame } from "../../support/games.ts";
import { manifestOf } from "../../support/manifests.ts";
import { never } from "../../support/memory_peers.ts";
import { countTurns } from "../../support/turns.ts";
import { TempDir } from "../../support/temp_dir.ts";

const SIZES = { "a.bin": CHUNK_BYTES + 10, "maps/b.bsp": 100, "empty": 0 };
const NO_LINKS = Deno.build.os === "windows";

/** A game as a download left it, and a true journal of it. */
async function makeTry(
  dir: TempDir,
): Promise<{ root: string; manifest: Manifest; journal: JournalChunk[]; hasher: Hasher }> {
  const root = await makeGame(dir.path, "alienswarm", { version: "1.0", files: SIZES });
  const manifest = manifestOf("alienswarm", "1.0", SIZES);
  const journal = [...chunksOf(manifest.files)].map((chunk): JournalChunk => {
    const bytes = Deno.readFileSync(`${root}/${chunk.path}`).subarray(
      chunk.offset,
      chunk.offset + chunk.length,
    );
    return { ...chunk, sha256: Sha256.parse(createHash("sha256").update(bytes).digest("hex")) };
  });
  return { root, manifest, journal, hasher: new Hasher() };
}

function names(chunks: readonly JournalChunk[]): string[] {
  return chunks.map(({ path, offset }) => `${path}#${offset / CHUNK_BYTES}`).sort();
}

const ALL = ["a.bin#0", "a.bin#1", "empty#0", "maps/b.bsp#0"];

Deno.test("trustedChunks() takes every chunk whose bytes are on the disk, but never the sentinel", async () => {
  await using dir = await TempDir.make();
  const { manifest, journal, hasher } = await makeTry(dir);
  using _ = hasher;
  const ports = { game_dir: dir.path, hash: hasher.hash.bind(hasher) };
  assertEquals(names(await trustedChunks(manifest, journal, ports, never)), ALL);
  const part = journal.filter(({ path }) => path === "a.bin");
  assertEquals(names(await trustedChunks(manifest, part, ports, never)), ["a.bin#0", "a.bin#1"]);
});

Deno.test("trustedChunks() looks at a long journal in turns, also where every hash is known at once", async () => {
  const sizes = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, 1]));
  const manifest = manifestOf("alienswarm", "1.0", sizes);
  const sha256 = Sha256.parse("a".repeat(64));
  const journal = [...chunksOf(manifest.files)].map((chunk) => ({ ...chunk, sha256 }));
  const hash = () => Promise.resolve({ size: 1, sha256, stamp: "as it was" as FileStamp });
  const work = () => trustedChunks(manifest, journal, { game_dir: "/nowhere", hash }, never);
  const [trusted, turns] = await countTurns(work);
  assertEquals(trusted.length, 20_000);
  assertGreater(turns, 2);
});

const DAMAGES: Record<string, [damage: (root: string) => Promise<unknown>, lost: string[]]> = {
  "a changed byte": [async (root) => {
    using file = await Deno.open(`${root}/a.bin`, { write: true });
    await file.seek(CHUNK_BYTES + 3, Deno.SeekMode.Start);
    await file.write(Uint8Array.of(1));
  }, ["a.bin#1"]],
  "a file that is too long": [(root) => Deno.truncate(`${root}/a.bin`, CHUNK_BYTES + 11), [
    "a.bin#0",
    "a.bin#1",
  ]],
  "a file that is too short": [(root) => Deno.truncate(`${root}/a.bin`, CHUNK_BYTES), ["a.bin#0", "a.bin#1"]],
  "a missing file": [(root) => Deno.remove(`${root}/maps/b.bsp`), ["maps/b.bsp#0"]],
  "an empty file that is not": [(root) => Deno.writeTextFile(`${root}/empty`, "x"), ["empty#0"]],
  "a folder in place of a file": [async (root) => {
    await Deno.remove(`${root}/empty`);
    await Deno.mkdir(`${root}/empty`);
  }, ["empty#0"]],
};

for (const [what, [damage, lost]] of Object.entries(DAMAGES)) {
  Deno.test(`trustedChunks() leaves out ${what}`, async () => {
    await using dir = await TempDir.make();
    const { root, manifest, journal, hasher } = await makeTry(dir);
    using _ = hasher;
    await damage(root);
    const ports = { game_dir: dir.path, hash: hasher.hash.bind(hasher) };
    const trusted = await trustedChunks(manifest, journal, ports, never);
    assertEquals(names(trusted), ALL.filter((name) => !lost.includes(name)));
  });
}

Deno.test({
  name: "trustedChunks() trusts nothing behind a link" +
    (NO_LINKS ? " (skipped: Windows needs a privilege)" : ""),
  ignore: NO_LINKS,
  fn: async () => {
    await using dir = await TempDir.make();
    const { root, manifest, journal, hasher } = await makeTry(dir);
    using _ = hasher;
    await Deno.rename(`${root}/maps`, dir.join("elsewhere"));
    await Deno.symlink(dir.join("elsewhere"), `${root}/maps`);
    await Deno.rename(`${root}/empty`, dir.join("nothing"));
    await Deno.symlink(dir.join("nothing"), `${root}/empty`);
    const ports = { game_dir: dir.path, hash: hasher.hash.bind(hasher) };
    assertEquals(names(await trustedChunks(manifest, journal, ports, never)), ["a.bin#0", "a.bin#1"]);
  },
});

Deno.test("trustedChunks() does not even look at what the manifest or the sources contradict", async () => {
  await using dir = await TempDir.make();
  const { manifest, journal, hasher } = await makeTry(dir);
  using _ = hasher;
  const [first, second] = journal.filter(({ path }) => path === "a.bin") as [JournalChunk, JournalChunk];
  const looked: string[] = [];
  const ports = {
    game_dir: dir.path,
    hash: (...[range, signal]: Parameters<Hasher["hash"]>) => {
      looked.push(`${range.path}@${range.offset}`);
      return hasher.hash(range, signal);
    },
    isWrong: ({ path, offset }: JournalChunk) => path === "a.bin" && offset === 0,
  };
  const wrong = [
    first,
    { ...second, length: 9 },
    { ...second, offset: second.offset + 1, length: 9 },
    { ...second, offset: 2 * CHUNK_BYTES, length: 0 },
    { ...second, path: ManifestPath.parse("other") },
    { ...second, path: ManifestPath.parse("empty"), offset: CHUNK_BYTES, length: 0 },
  ];
  assertEquals(names(await trustedChunks(manifest, [...wrong, second], ports, never)), ["a.bin#1"]);
  assertEquals(looked, [`alienswarm/a.bin@${CHUNK_BYTES}`]);
});

Deno.test("trustedChunks() ends with its signal", async () => {
  await using dir = await TempDir.make();
  const { manifest, journal, hasher } = await makeTry(dir);
  using _ = hasher;
  const controller = new AbortController();
  const ports = {
    game_dir: dir.path,
    hash: (...[range, signal]: Parameters<Hasher["hash"]>) => {
      controller.abort(new Error("enough"));
      return hasher.hash(range, signal);
    },
  };
  await assertRejects(() => trustedChunks(manifest, journal, ports, controller.signal), Error, "enough");
});

Deno.test("adoptHashes() keeps the hashes of a download under the stamps of its files, where they fit", async () => {
  await using dir = await TempDir.make();
  const { root, manifest, journal, hasher } = await makeTry(dir);
  using _ = hasher;
  using index = LibraryIndex.inMemory();
  await Deno.truncate(`${root}/maps/b.bsp`, 99);
  const downloaded = journal.filter(({ path }) => path !== "version.ini");
  await adoptHashes(index.hashes, dir.path, manifest, downloaded, never);
  const stored = index.hashes.ofGame(dir.path, manifest.game_id);
  assertEquals([...stored.keys()].sort(), ["a.bin", "empty"]);
  assertEquals(stored.get("a.bin")?.map((one) => one.sha256), journal.slice(0, 2).map((one) => one.sha256));
  assertEquals(stored.get("a.bin")?.[0]?.stamp, (await lookAtFile(root, "a.bin"))?.stamp);
});

Deno.test("adoptHashes() ends when the peer shuts down, whatever is left", async () => {
  await using dir = await TempDir.make();
  const { manifest, journal, hasher } = await makeTry(dir);
  using _ = hasher;
  using index = LibraryIndex.inMemory();
  const stopped = AbortSignal.abort(new Error("enough"));
  const adopting = () => adoptHashes(index.hashes, dir.path, manifest, journal, stopped);
  await assertRejects(adopting, Error, "enough");
  assertEquals(index.hashes.ofGame(dir.path, manifest.game_id).size, 0);
});
