import { ServedFiles } from "../../src/peer/served_files.ts";
import { GameId, GameVersion, type PeerId } from "../../src/proto/ids.ts";
import { makeManifest, type Manifest, SENTINEL } from "../../src/proto/manifest.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import type { FileStamp } from "../../src/watch/file_stamp.ts";
import { assertEquals } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";

const A = ManifestPath.parse("a");
const B = ManifestPath.parse("b");
const [OLD, NEW] = ["1/1/1", "1/2/2"] as FileStamp[] as [FileStamp, FileStamp];
const game_id = GameId.parse("game");

function manifestOf(size = 1, id = game_id): Manifest {
  const files = [{ path: A, size }, { path: B, size: 1 }, { path: SENTINEL, size: 3 }];
  return makeManifest(id, GameVersion.parse("1.0"), files);
}

/** A table and a clock; `look` is one chunk during which the file is looked at once. */
function table() {
  let now_ms = 0;
  const files = new ServedFiles(() => now_ms);
  const look = (peer_id: PeerId, path: ManifestPath, stamp: FileStamp, manifest = manifestOf()) => {
    using chunk = files.begin(peer_id, manifest, path);
    return chunk.isSame(stamp);
  };
  return { files, look, pass: (ms: number) => now_ms += ms };
}

const [bob, carol] = [newPeerId(), newPeerId()];

Deno.test("isSame() is true as long as the stamp is", () => {
  const { look } = table();
  assertEquals([look(bob, A, OLD), look(bob, B, NEW), look(bob, A, OLD)], [true, true, true]);
});

Deno.test("isSame() is false for every file after one changed, also when the old stamp comes back", () => {
  const { look } = table();
  look(bob, A, OLD);
  assertEquals([look(bob, A, NEW), look(bob, A, OLD), look(bob, B, OLD)], [false, false, false]);
});

Deno.test("isSame() notices a change that another peer was told of first", () => {
  const { look } = table();
  look(bob, A, OLD);
  look(carol, A, OLD);
  look(carol, A, NEW);
  look(carol, A, OLD);
  assertEquals(look(bob, A, NEW), false);
  assertEquals(look(newPeerId(), A, NEW), true);
});

Deno.test("isSame() knows nothing against who comes after the change", () => {
  const { look } = table();
  look(bob, A, OLD);
  assertEquals([look(carol, A, NEW), look(carol, A, NEW)], [true, true]);
  assertEquals(look(bob, A, NEW), false);
});

Deno.test("asked() lets a peer begin anew, and only this one with this game", () => {
  const { files, look } = table();
  const other = manifestOf(1, GameId.parse("other"));
  for (const peer of [bob, carol]) look(peer, A, OLD);
  look(bob, A, OLD, other);
  look(bob, A, NEW);
  files.asked(bob, game_id);
  assertEquals([look(bob, A, NEW), look(bob, B, OLD)], [true, true]);
  assertEquals([look(carol, A, NEW), look(bob, A, NEW, other)], [false, false]);
});

Deno.test("asked() changes nothing while a chunk is under way", () => {
  const { files, look } = table();
  {
    using chunk = files.begin(bob, manifestOf(), A);
    chunk.isSame(OLD);
    files.asked(bob, game_id);
    assertEquals(look(bob, A, NEW), false);
    assertEquals(chunk.isSame(OLD), false);
  }
  files.asked(bob, game_id);
  assertEquals(look(bob, A, NEW), true);
});

Deno.test("another manifest begins anew, and the same one made again does not", () => {
  const { look } = table();
  look(bob, A, OLD);
  assertEquals(look(bob, A, NEW, manifestOf(2)), true);
  assertEquals(look(bob, A, NEW, manifestOf(2)), true);
  assertEquals(look(bob, A, OLD, manifestOf(2)), false);
});

Deno.test("a peer is forgotten a minute after its last chunk, and never during one", () => {
  const { files, look, pass } = table();
  look(bob, A, OLD);
  pass(59_000);
  look(bob, B, OLD);
  pass(59_000);
  assertEquals(look(bob, A, NEW), false);
  const chunk = files.begin(carol, manifestOf(), A);
  chunk.isSame(OLD);
  pass(600_000);
  assertEquals(look(bob, A, NEW), true);
  assertEquals(look(carol, A, NEW), false);
  chunk[Symbol.dispose]();
  pass(60_000);
  files.asked(newPeerId(), game_id);
  assertEquals(files.size, 0);
});

Deno.test("however many peers ask, the table stays small, and who is served now stays in it", () => {
  const { files, look } = table();
  using chunk = files.begin(bob, manifestOf(), A);
  chunk.isSame(OLD);
  for (let n = 0; n < 2_000; n++) look(newPeerId(), A, OLD);
  assertEquals(files.size, 512);
  assertEquals(look(bob, A, NEW), false);
});
