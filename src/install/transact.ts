/**
 * What every change of an install goes through: order before, an intent, the work up to one rename, order after.
 *
 * Up to the rename everything can be taken back; with the rename it is done, and the recovery does what remains
 * (`recovery.ts`). A failure before it calls the same recovery, which takes back.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { join } from "../base/std/path.ts";
import type { GameId } from "../proto/ids.ts";
import type { IntentDetails, IntentLog } from "./intent.ts";
import { recoverGame } from "./recovery.ts";
import { clearTheWay, inContext, takeBack } from "./rollback.ts";
import { BACKUP_NAME, type Intent, NO_STEPS, type Steps } from "./state.ts";

/** Which game is changed. */
export interface TransactionOptions {
  game_id: GameId;
  /** Absolute path of the game's folder. */
  game_root: string;
  intents: IntentLog;
  /** Looked at up to the rename that decides. */
  signal: AbortSignal;
  /** For tests. */
  steps?: Steps | undefined;
}

/** What a transaction has decided to do when its checks have passed. */
export interface Plan<T> {
  intent: Intent;
  details?: IntentDetails;
  run: () => Promise<T>;
}

/** Recovers, checks, writes the intent, runs, finishes; what fails before the finish is taken back. */
export async function transact<T>(
  options: TransactionOptions,
  verb: string,
  check: () => Promise<Plan<T>>,
  finish: (options: TransactionOptions) => Promise<void>,
): Promise<T> {
  const { game_id, game_root, intents, signal, steps = NO_STEPS } = options;
  try {
    signal.throwIfAborted();
    await clearTheWay(options);
    const { intent, details, run } = await check();
    steps("checked");
    const result = await attempt(options, async () => {
      await intents.write(game_id, game_root, intent, details);
      steps("intended");
      return await run();
    });
    await finish(options);
    return result;
  } catch (error) {
    throw inContext(error, `Cannot ${verb} ${game_id}`, signal);
  }
}

async function attempt<T>(options: TransactionOptions, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw await takeBack(options, error);
  }
}

/** The new install stands; what can't be tidied up now is tidied up at the next operation or start. */
export async function finishLater(options: TransactionOptions): Promise<void> {
  try {
    await recoverGame(options);
  } catch (error) {
    logger("install").warn("{game_id} is installed, but not tidied up yet: {reason}", {
      game_id: options.game_id,
      reason: messageOf(error),
    });
  }
}

export async function finishNow(options: TransactionOptions): Promise<void> {
  try {
    await recoverGame(options);
  } catch (cause) {
    const message = `it is uninstalled, but ${join(options.game_root, BACKUP_NAME)} can't be deleted now ` +
      `(${messageOf(cause)}); close what uses it, it is tried again at the next start`;
    throw new LanspreadError("io", message, { cause });
  }
}
