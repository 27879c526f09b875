/**
 * The writing half of a download in a process of its own, to be killed at any time: it writes the files of a manifest,
 * syncs them and tells the journal, going on where the journal says.
 *
 * As a program: `journal_writer.ts <game_dir> <library.db>`. Each line that it prints is a file whose content was
 * synced before.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { Scope } from "../../src/base/scope.ts";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { DurableChunks } from "../../src/peer/download/durable_chunks.ts";
import { DownloadJournal } from "../../src/peer/download/journal.ts";
import { Sha256 } from "../../src/proto/ids.ts";
import { SENTINEL } from "../../src/proto/manifest.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { manifestOf } from "./manifests.ts";
import { print } from "./print.ts";

const THIS = fromFileUrl(import.meta.url);
const FILES = 20_000;

/** The manifest of what is written: many files of one small chunk each. */
export const WRITTEN = manifestOf(
  "written",
  "1.0",
  Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`f${n}`, contentOf(`f${n}`).length])),
);

function contentOf(path: string): Uint8Array {
  return new TextEncoder().encode(`content of ${path}\n`);
}

/** Starts the process. */
export function spawnWriter(game_dir: string, database: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", THIS, game_dir, database],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function run([game_dir = "", database = ""]: string[]): Promise<void> {
  using index = LibraryIndex.open(database);
  const entry = new DownloadJournal(index.store).begin(game_dir, WRITTEN, null);
  const done = new Set((await entry.chunks(new AbortController().signal)).map(({ path }) => path));
  const pathOf = (path: string) => join(game_dir, WRITTEN.game_id, path);
  await using scope = new Scope();
  const chunks = new DurableChunks({
    clock: SYSTEM_CLOCK,
    scope,
    sync: async (path) => {
      using file = await Deno.open(pathOf(path), { write: true });
      await file.syncData();
      print(path);
    },
    journal: entry,
  });
  for (const { path, size } of WRITTEN.files) {
    if (path === SENTINEL || done.has(path)) continue;
    const bytes = contentOf(path);
    await Deno.writeFile(pathOf(path), bytes);
    const sha256 = Sha256.parse(createHash("sha256").update(bytes).digest("hex"));
    chunks.written({ path, offset: 0, length: size, sha256 });
  }
  await scope.join();
}

if (import.meta.main) await run(Deno.args);
