/**
 * What is left of a download that ends early: nothing where it was cancelled, otherwise its finished chunks.
 *
 * @module
 */

import { logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import { GameFiles } from "./game_files.ts";
import type { JournalEntry } from "./journal.ts";
import { sweepSentinelScratch } from "./sentinel.ts";

/**
 * Tidies up. A cancelled download takes everything along that it wrote, and what it was to replace; one that had not
 * touched anything yet leaves the old version as it was. Throws `io` where the payload can't be removed; after other
 * ends, what can't be tidied up now is no news beside the reason of the end.
 */
export async function endEarly(files: GameFiles, entry: JournalEntry, is_cancelled: boolean): Promise<void> {
  if (is_cancelled) return await cancelled(files, entry);
  try {
    await sweepSentinelScratch(files.root);
  } catch (error) {
    logger("download").warn("{game_id}: scratch files stay for now: {reason}", {
      game_id: files.game_id,
      reason: messageOf(error),
    });
  }
}

async function cancelled(files: GameFiles, entry: JournalEntry): Promise<void> {
  if (!await files.isSentinelThere()) {
    const old = entry.previous?.files ?? [];
    const paths = new Set(files.files.map(({ path }) => path));
    const all = [...files.files, ...old.filter(({ path }) => !paths.has(path))];
    await new GameFiles(files.game_dir, files.game_id, all).remove();
  }
  entry.end();
}
