import { GameId, Sha256 } from "../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../src/proto/limits.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { type FileStamp, lookAtFile, SETTLE_MS } from "../../src/watch/file_stamp.ts";
import { needsHashes, planFile, smallestGame } from "../../src/watch/hash_plan.ts";
import type { LocalGame } from "../../src/watch/local_game.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { TempDir } from "../support/temp_dir.ts";

const path = ManifestPath.parse("a");
const size = 2 * CHUNK_BYTES + 5;
const stamp = "s" as FileStamp;
const seen = { stamp, size, is_settled: true };

Deno.test("planFile() names the chunks that are not known, the last one short", () => {
  assertEquals(planFile({ path, size }, seen, new Set([1])), [
    { chunk: 0, offset: 0, length: CHUNK_BYTES },
    { chunk: 2, offset: 2 * CHUNK_BYTES, length: 5 },
  ]);
  assertEquals(planFile({ path, size }, seen, new Set([0, 1, 2])), []);
});

Deno.test("planFile() gives an empty file its one empty chunk", () => {
  assertEquals(planFile({ path, size: 0 }, { ...seen, size: 0 }, new Set()), [
    { chunk: 0, offset: 0, length: 0 },
  ]);
});

Deno.test("planFile() leaves a file alone that is gone, has another size, or may still be written to", () => {
  assertEquals(planFile({ path, size }, undefined, new Set()), "changed");
  assertEquals(planFile({ path, size: 1 }, seen, new Set()), "changed");
  assertEquals(planFile({ path, size }, { ...seen, is_settled: false }, new Set([0])), "unsettled");
  assertEquals(planFile({ path, size }, { ...seen, is_settled: false }, new Set([0, 1, 2])), []);
});

function game(id: string, size: number, manifest_hash: string | null): LocalGame {
  const manifest = manifest_hash === null ? null : { manifest_hash: Sha256.parse(manifest_hash.repeat(64)) };
  return { id: GameId.parse(id), size, manifest } as LocalGame;
}

Deno.test("needsHashes() wants every game that can be served and is not complete, or was walked again", () => {
  const id = GameId.parse("a");
  const completed = new Map([[id, Sha256.parse("1".repeat(64))]]);
  assert(!needsHashes(game("a", 1, "1"), completed, new Set()));
  assert(needsHashes(game("a", 1, "1"), completed, new Set([id])));
  assert(needsHashes(game("a", 1, "2"), completed, new Set()));
  assert(needsHashes(game("b", 1, "1"), completed, new Set()));
  assert(!needsHashes(game("b", 1, null), completed, new Set([GameId.parse("b")])));
});

Deno.test("smallestGame() takes the smallest, of equal ones the first by id", () => {
  const games = [game("c", 2, "1"), game("b", 1, "1"), game("a", 1, "1"), game("d", 3, "1")];
  assertEquals<string | undefined>(smallestGame(games)?.id, "a");
  assertEquals(smallestGame([]), undefined);
});

Deno.test("lookAtFile() sees a change of the content, of the size, and a replaced file with time and size kept", async () => {
  await using dir = await TempDir.make();
  const file = await dir.write("deep/a", "one");
  const first = await lookAtFile(dir.path, "deep/a");
  assertEquals(first?.size, 3);
  const { mtime } = await Deno.stat(file);
  // The runtime tells the time of the last change of anything in whole seconds.
  if (Deno.build.os !== "windows") {
    await until("another stamp", async () => {
      const other = await dir.write("other", "two");
      await Deno.utime(other, mtime ?? 0, mtime ?? 0);
      await Deno.rename(other, file);
      const second = await lookAtFile(dir.path, "deep/a");
      assertEquals(second?.size, 3);
      return second?.stamp !== first?.stamp;
    });
  }
  await dir.write("deep/a", "three");
  assertEquals((await lookAtFile(dir.path, "deep/a"))?.size, 5);
});

Deno.test("lookAtFile() calls a file settled some seconds after its last change, and sees no folder or link", async () => {
  await using dir = await TempDir.make();
  await dir.write("deep/a", "one");
  assertEquals((await lookAtFile(dir.path, "deep/a"))?.is_settled, false);
  assertEquals((await lookAtFile(dir.path, "deep/a", Date.now() + 2 * SETTLE_MS))?.is_settled, true);
  assertEquals(await lookAtFile(dir.path, "deep"), undefined);
  assertEquals(await lookAtFile(dir.path, "missing/a"), undefined);
  if (Deno.build.os === "windows") return;
  await Deno.symlink(dir.join("deep/a"), dir.join("link"));
  assertEquals(await lookAtFile(dir.path, "link"), undefined);
});
