/**
 * Streamed install: what another peer expands goes straight into the transaction, and no archive is stored.
 *
 * Participants: the peer opens the stream of one source and hands in its tree; which source is next after a failure is
 * the peer's care, too. Goals: the same promise as every transaction; a game root that was made for it goes again when
 * it fails.
 *
 * @module
 */

import { syncDirectory } from "../base/atomic_file.ts";
import { dirname } from "../base/std/path.ts";
import { isInstalled, requireInstalled } from "./checks.ts";
import { lstat } from "./look.ts";
import { type InstallOptions, makeInstall, replaceInstall, versionOf } from "./replace.ts";
import type { Fill } from "./staging_area.ts";
import { NO_STEPS } from "./state.ts";
import { type StreamedTree, writeStreamedTree } from "./streamed_tree.ts";
import { finishLater, transact, type TransactionOptions } from "./transact.ts";
import type { UnpackResult } from "./unpack.ts";

/** An install whose files come from another peer. */
export interface StreamOptions extends InstallOptions {
  tree: StreamedTree;
}

/**
 * Puts a tree that another peer sends into `local/`, in the place of an install that stands there. The game need not
 * be downloaded; a game root that is made for it goes again when that fails.
 *
 * Throws `LanspreadError`: what `writeStreamedTree` throws, `io`, `disk_full`, `cancelled`. The game root is as it was
 * then.
 */
export async function streamGame(options: StreamOptions): Promise<UnpackResult> {
  const { game_root, tree, signal } = options;
  const fill: Fill = (destination, onProgress) =>
    writeStreamedTree(tree, { destination, signal, onProgress });
  return await transact(options, "stream-install", async () => {
    const details = versionOf(options);
    if (await isInstalled(game_root)) {
      await requireInstalled(game_root);
      return { intent: "updating", details, run: () => replaceInstall(options, fill) };
    }
    const made_root = !await lstat(game_root);
    return {
      intent: "installing",
      details: { ...details, made_root },
      run: async () => {
        if (made_root) await makeRoot(options);
        return await makeInstall(options, fill);
      },
    };
  }, finishLater);
}

async function makeRoot({ game_root, steps = NO_STEPS }: TransactionOptions): Promise<void> {
  await Deno.mkdir(game_root);
  await syncDirectory(dirname(game_root));
  steps("root-made");
}
