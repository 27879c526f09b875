/**
 * Remembers in `<state_dir>/config.json` what was changed while the peer ran, for its next start.
 *
 * @module
 */

import { z } from "zod";
import { writeFileAtomic } from "../base/atomic_file.ts";
import { messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { join } from "../base/std/path.ts";
import type { PeerSettings } from "../peer/peer_settings.ts";

/** Writes the game folder into the file and leaves everything else in it; a failure is logged. */
export async function saveSettings(state_dir: string, { game_dir }: PeerSettings): Promise<void> {
  if (game_dir === null) return;
  const path = join(state_dir, "config.json");
  try {
    const config = { ...await readConfig(path), game_dir };
    // It may hold the passphrase of a party, which is nobody else's business.
    await writeFileAtomic(path, JSON.stringify(config, undefined, 2) + "\n", { mode: 0o600 });
  } catch (error) {
    logger("cli").warn("the next start does not know of the new game folder: {reason}", {
      reason: messageOf(error),
    });
  }
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  try {
    const text = await Deno.readTextFile(path);
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text.replace(/^\ufeff/, "")));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}
