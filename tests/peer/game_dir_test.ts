import { IntentLog } from "../../src/install/intent.ts";
import { DownloadJournal } from "../../src/peer/download/journal.ts";
import { openGameDir } from "../../src/peer/game_dir.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { assertEquals } from "../support/assert.ts";
import { manifestOf } from "../support/manifests.ts";
import { never } from "../support/memory_peers.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("openGameDir() forgets the downloads whose game root is gone, and keeps the others", async () => {
  await using dir = await TempDir.make();
  using index = LibraryIndex.inMemory();
  const journal = new DownloadJournal(index.store);
  const game_dir = await dir.mkdir("games");
  await dir.mkdir("games/quake");
  for (const id of ["alienswarm", "quake"]) journal.begin(game_dir, manifestOf(id, "1.0", {}), null);
  await openGameDir(game_dir, { intents: new IntentLog(dir.join("state")), index }, never);
  assertEquals<string[]>(journal.ids(game_dir), ["quake"]);
});
