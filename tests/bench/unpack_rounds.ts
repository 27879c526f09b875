/**
 * One install through the whole transaction, beside a plain write of as many bytes, in the same folder at the same time.
 *
 * @module
 */

import { IntentLog } from "../../src/install/intent.ts";
import { installGame, uninstallGame } from "../../src/install/transaction.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { contentOf, MIB } from "../support/games.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";
import { atInterrupt } from "./interrupt.ts";

const GAME = parseGameId("bench");
const BLOCK_BYTES = MIB;
const BLOCKS = 16;

/** Rates in bytes a second. */
export interface UnpackRound {
  /** A new file, 1 MiB a write, synced. */
  plain: number;
  /** From the command to the promoted and synced `local/`. */
  install: number;
}

/** Writes an archive with one stored entry of `bytes`. */
export async function writeLargeArchive(path: string, bytes: number): Promise<void> {
  const blocks = [...contentOf("bench", BLOCKS * BLOCK_BYTES)];
  const data = (offset: number, length: number) =>
    (blocks[offset / BLOCK_BYTES % BLOCKS] ?? new Uint8Array(0)).subarray(0, length);
  await writeStoredRar5(path, [{ name: "data.bin", size: bytes, data }]);
}

/** A game root with an archive that `makeArchive` writes; gives one round after another. */
export async function unpackRounds(
  makeArchive: (path: string) => Promise<void>,
  round_count: number,
): Promise<UnpackRound[]> {
  await using dir = atInterrupt(await TempDir.make());
  const game_root = await dir.mkdir("games/bench");
  await dir.write("games/bench/version.ini", "1.0");
  await makeArchive(`${game_root}/bench.eti`);
  const signal = new AbortController().signal;
  const options = { game_id: GAME, game_root, intents: new IntentLog(dir.join("state")), signal };
  const { bytes } = await installGame(options);
  await uninstallGame(options);
  const results: UnpackRound[] = [];
  for (let round = 0; round < round_count; round++) {
    const plain = bytes / await seconds(() => writePlainly(dir.join("plain.bin"), bytes));
    await Deno.remove(dir.join("plain.bin"));
    const install = bytes / await seconds(() => installGame(options));
    await uninstallGame(options);
    results.push({ plain, install });
  }
  return results;
}

async function writePlainly(path: string, bytes: number): Promise<void> {
  const blocks = [...contentOf("bench", BLOCKS * BLOCK_BYTES)];
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let left = bytes, i = 0; left > 0; left -= BLOCK_BYTES, i++) {
    const block = (blocks[i % BLOCKS] ?? new Uint8Array(0)).subarray(0, left);
    for (let at = 0; at < block.length;) at += file.writeSync(block.subarray(at));
  }
  await file.sync();
}

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const started_ms = performance.now();
  await action();
  return (performance.now() - started_ms) / 1_000;
}
