/**
 * Carries out a plan: every action at its time, whatever the ones before it are at. What can't be begun, because a
 * machine is down or a game is at work, is skipped and counted.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { clearPayload, deleteRoot, placeVersion, touchPayload } from "./by_hand.ts";
import { GAME_IDS } from "./games.ts";
import type { Party } from "./party.ts";
import type { Action, Round } from "./plan.ts";
import type { SoakPeer } from "./soak_peer.ts";
import { type Done, skipped } from "./tally.ts";
import { tryDamagedCopy } from "./damaged_copy.ts";

const DONE: Done = { as: "done", why: "" };

/** Plays the storm of one round; resolves when every action is over. `onDone` hears of each. Throws what went wrong. */
export async function playStorm(
  party: Party,
  { actions, storm_ms }: Round,
  onDone: (action: Action, done: Done) => void,
  signal: AbortSignal,
): Promise<void> {
  const began_ms = performance.now();
  const running: Promise<void>[] = [];
  for (const action of actions) {
    await SYSTEM_CLOCK.sleep(began_ms + action.at_ms - performance.now(), signal);
    const acting = perform(party, action, signal).then((done) => onDone(action, done));
    acting.catch(() => {}); // Told below.
    running.push(acting);
  }
  await SYSTEM_CLOCK.sleep(began_ms + storm_ms - performance.now(), signal);
  await Promise.all(running);
}

async function perform(party: Party, action: Action, signal: AbortSignal): Promise<Done> {
  const peer = party.peer(action.peer);
  switch (action.kind) {
    case "kill":
    case "stop":
      return await power(party, peer, action, signal);
    case "cut":
      return await cut(party, peer, action.ms, signal);
    case "fill":
      return await fill(peer, action.ms, signal);
    case "publish":
    case "add":
    case "delete":
    case "touch":
      return await byHand(party, peer, action.game, () => changeFiles(party, peer, action));
    case "corrupt":
      return await tryDamagedCopy(party, peer, action.game);
    default:
      return await command(party, peer, action);
  }
}

async function command(party: Party, peer: SoakPeer, { kind, game, install }: Action): Promise<Done> {
  const game_id = GAME_IDS[game] ?? "";
  if (peer.by_hand.has(game)) return skipped("its files are changed by hand");
  if (party.trying === game) return skipped("a damaged copy is tried");
  const is_download = kind === "download" || kind === "fetch-latest";
  const answer = await peer.command(kind, game_id, { game_id, ...is_download && { install } });
  if (!answer) return skipped("it is down");
  return answer.ok ? DONE : { as: "refused", why: answer.error?.code ?? "?" };
}

async function power(party: Party, peer: SoakPeer, action: Action, signal: AbortSignal): Promise<Done> {
  if (!peer.life) return skipped("it is down");
  if (party.trying !== undefined) return skipped("a damaged copy is tried");
  await (action.kind === "kill" ? peer.kill() : peer.stop());
  await SYSTEM_CLOCK.sleep(action.ms, signal);
  await peer.start();
  return DONE;
}

async function cut(party: Party, peer: SoakPeer, ms: number, signal: AbortSignal): Promise<Done> {
  if (party.trying !== undefined) return skipped("a damaged copy is tried");
  if (!await peer.plug(false)) return skipped("it has no cable to be cut");
  await SYSTEM_CLOCK.sleep(ms, signal);
  await peer.plug(true);
  return DONE;
}

async function fill(peer: SoakPeer, ms: number, signal: AbortSignal): Promise<Done> {
  if (!await peer.fill()) return skipped("its disk can't be filled");
  await SYSTEM_CLOCK.sleep(ms, signal);
  await peer.free();
  return DONE;
}

/** Does something with the files of a game that no operation and nobody else works on. */
async function byHand(party: Party, peer: SoakPeer, game: number, work: () => Promise<Done>): Promise<Done> {
  if (party.trying === game) return skipped("a damaged copy is tried");
  if (peer.by_hand.has(game)) return skipped("its files are changed by hand");
  peer.by_hand.add(game);
  try {
    const running = await peer.operations();
    if (running.some(({ game_id }) => game_id === GAME_IDS[game])) return skipped("an operation runs");
    return await work();
  } catch (error) {
    if (String(error).includes("os error 28")) return skipped("its disk is full");
    throw error;
  } finally {
    peer.by_hand.delete(game);
  }
}

async function changeFiles(party: Party, peer: SoakPeer, { kind, game, version }: Action): Promise<Done> {
  const root = peer.root(game);
  if (kind === "delete") await deleteRoot(root);
  else if (kind === "touch") await touchPayload(root);
  else {
    await party.truth.make(game, version);
    await placeVersion(party.truth.root(game, version), root).catch(async (error) => {
      await clearPayload(root);
      throw error;
    });
  }
  return DONE;
}
