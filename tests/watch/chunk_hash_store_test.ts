import { GameId, Sha256 } from "../../src/proto/ids.ts";
import type { HashedChunk } from "../../src/watch/chunk_hash_store.ts";
import type { FileStamp } from "../../src/watch/file_stamp.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { assertEquals } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const SWARM = GameId.parse("alienswarm");
const QUAKE = GameId.parse("quake");
const OLD = "3/1/1" as FileStamp;
const NEW = "3/2/2" as FileStamp;
const MANIFEST = Sha256.parse("c".repeat(64));

function hashed(path: string, chunk: number, stamp = OLD, digit = "a"): HashedChunk {
  return { path, chunk, stamp, sha256: Sha256.parse(digit.repeat(64)) };
}

Deno.test("ChunkHashStore gives back what was stored, after it was opened again", async () => {
  await using dir = await TempDir.make();
  const chunks = [hashed("a", 0, NEW), hashed("ä/a", 0), hashed("ä/a", 1, OLD, "b")];
  {
    using index = LibraryIndex.open(dir.join("library.db"));
    index.hashes.put("/games", SWARM, chunks);
    index.hashes.complete("/games", SWARM, MANIFEST, new Set(["ä/a", "a"]));
  }
  using index = LibraryIndex.open(dir.join("library.db"));
  assertEquals([...index.hashes.ofGame("/games", SWARM).values()].flat(), chunks);
  assertEquals(index.hashes.known("/games", SWARM, "ä/a", OLD), new Set([0, 1]));
  assertEquals([...index.hashes.completed("/games")], [[SWARM, MANIFEST]]);
  assertEquals(index.hashes.ids("/games"), [SWARM]);
});

Deno.test("ChunkHashStore knows nothing under another stamp, folder or id", () => {
  using index = LibraryIndex.inMemory();
  index.hashes.put("/games", SWARM, [hashed("a", 0)]);
  assertEquals(index.hashes.known("/games", SWARM, "a", NEW).size, 0);
  assertEquals(index.hashes.known("/other", SWARM, "a", OLD).size, 0);
  assertEquals(index.hashes.known("/games", QUAKE, "a", OLD).size, 0);
  assertEquals(index.hashes.ids("/other"), []);
});

Deno.test("ChunkHashStore drops all hashes of a file that has another stamp, and of no other file", () => {
  using index = LibraryIndex.inMemory();
  index.hashes.put("/games", SWARM, [hashed("a", 0), hashed("a", 1), hashed("b", 0)]);
  index.hashes.put("/games", SWARM, [hashed("a", 1, NEW, "b")]);
  assertEquals([...index.hashes.ofGame("/games", SWARM).values()].flat(), [
    hashed("a", 1, NEW, "b"),
    hashed("b", 0),
  ]);
});

Deno.test("ChunkHashStore does not call a game complete any more as soon as a hash of it changes", () => {
  using index = LibraryIndex.inMemory();
  index.hashes.put("/games", SWARM, [hashed("a", 0)]);
  index.hashes.complete("/games", SWARM, MANIFEST, new Set(["a"]));
  index.hashes.put("/games", SWARM, [hashed("a", 0, NEW)]);
  assertEquals(index.hashes.completed("/games").size, 0);
});

Deno.test("ChunkHashStore keeps nothing of files that a complete game does not have", () => {
  using index = LibraryIndex.inMemory();
  index.hashes.put("/games", SWARM, [hashed("a", 0), hashed("gone", 0)]);
  index.hashes.put("/games", QUAKE, [hashed("gone", 0)]);
  index.hashes.complete("/games", SWARM, MANIFEST, new Set(["a"]));
  assertEquals([...index.hashes.ofGame("/games", SWARM).keys()], ["a"]);
  assertEquals([...index.hashes.ofGame("/games", QUAKE).keys()], ["gone"]);
});

Deno.test("ChunkHashStore forgets the games that it is told to, and only those", () => {
  using index = LibraryIndex.inMemory();
  for (const id of [SWARM, QUAKE]) {
    index.hashes.put("/games", id, [hashed("a", 0)]);
    index.hashes.complete("/games", id, MANIFEST, new Set(["a"]));
  }
  index.hashes.forget("/games", [SWARM]);
  assertEquals(index.hashes.ids("/games"), [QUAKE]);
  assertEquals(index.hashes.ofGame("/games", SWARM).size, 0);
  assertEquals([...index.hashes.completed("/games").keys()], [QUAKE]);
});
