import { DownloadJournal } from "../../../src/peer/download/journal.ts";
import { trustedChunks } from "../../../src/peer/download/resume.ts";
import { Hasher } from "../../../src/watch/hasher.ts";
import { LibraryIndex } from "../../../src/watch/index.ts";
import { assert, assertEquals, assertGreater } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { spawnWriter, WRITTEN } from "../../support/journal_writer.ts";
import { endChild } from "../../support/kill_points.ts";
import { never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

const TRIES = 4;
const ENOUGH_FILES = 200;

/** Runs the writer until it has synced some files, kills it, and gives everything that it had synced. */
async function writeAndKill(dir: TempDir): Promise<string[]> {
  const child = spawnWriter(dir.join("games"), dir.join("library.db"));
  let text = "";
  try {
    const reading = (async () => {
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const wanted = ENOUGH_FILES + Math.random() * ENOUGH_FILES;
      let is_killed = false;
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        text += part.value;
        if (is_killed || text.split("\n").length <= wanted) continue;
        is_killed = true;
        child.kill("SIGKILL");
      }
    })();
    await within("the writer", reading, 60_000);
  } finally {
    await endChild(child);
  }
  return text.split("\n").slice(0, -1);
}

Deno.test("a process that is killed while it writes leaves a journal of which every word is true", async () => {
  await using dir = await TempDir.make();
  await dir.mkdir(`games/${WRITTEN.game_id}`);
  using hasher = new Hasher();
  const synced = new Set<string>();
  let last_count = 0;
  for (let n = 0; n < TRIES; n++) {
    for (const path of await writeAndKill(dir)) synced.add(path);
    using index = LibraryIndex.open(dir.join("library.db"));
    assertEquals(index.notice, null);
    const entry = new DownloadJournal(index.store).begin(dir.join("games"), WRITTEN, null);
    const journal = await entry.chunks(never);
    for (const { path } of journal) assert(synced.has(path), `${path} was not on the disk`);
    assertGreater(journal.length, last_count);
    last_count = journal.length;
    const ports = { game_dir: dir.join("games"), hash: hasher.hash.bind(hasher) };
    assertEquals((await trustedChunks(WRITTEN, journal, ports, never)).length, journal.length);
  }
});
