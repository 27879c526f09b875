/**
 * One copy of a game has flipped bytes while at least two whole ones are there, and somebody downloads it: the wrong
 * bytes must not be committed where the sources' hashes tell. Afterwards the bytes are put right. Nobody does anything
 * else with this game meanwhile, and nobody is killed or cut off.
 *
 * Where not all hashes were known the download says so (`verified: false`); what is wrong then is replaced by hand.
 *
 * @module
 */

import { until } from "../support/deadline.ts";
import { flipBytes, placeVersion } from "./by_hand.ts";
import { sentinelProblems } from "./disk_rules.ts";
import type { RootLook } from "./disk_look.ts";
import { GAME_IDS } from "./games.ts";
import type { Party } from "./party.ts";
import type { SoakPeer } from "./soak_peer.ts";
import { type Done, skipped } from "./tally.ts";

const CLEAN_COPIES = 2;
const IDLE_MS = 5_000;
const DOWNLOAD_MS = 180_000;

/** Who holds what of the game. */
interface Holding {
  readonly peer: SoakPeer;
  readonly look: RootLook;
}

/** Tries it with the copy of `peer`. What must not be is added to the party's problems. */
export async function tryDamagedCopy(party: Party, peer: SoakPeer, game: number): Promise<Done> {
  if (party.trying !== undefined) return skipped("a damaged copy is tried");
  party.trying = game;
  try {
    return await tryGame(party, peer, game);
  } finally {
    party.trying = undefined;
  }
}

async function tryGame(party: Party, peer: SoakPeer, game: number): Promise<Done> {
  if (!await becomesIdle(party, game, IDLE_MS)) return skipped("an operation runs");
  const holdings = await looks(party, game);
  const own = holdings.find((holding) => holding.peer === peer)?.look;
  const reachable = holdings.filter((holding) => holding.peer.life && !holding.peer.is_cut);
  const clean = reachable.filter(({ peer: other, look }) => other !== peer && look.version === own?.version);
  const taker = reachable.find(({ look }) => look.version !== own?.version)?.peer;
  if (!own?.version || !taker || clean.length < CLEAN_COPIES) {
    return skipped("there are no copies to try it with");
  }
  const game_id = GAME_IDS[game] ?? "";
  party.damaged.add(game_id);
  await flipBytes(peer.root(game));
  const answer = await taker.command("download", game_id, { game_id, install: false });
  const is_over = await becomesIdle(party, game, DOWNLOAD_MS);
  await flipBytes(peer.root(game));
  if (!is_over) {
    party.problem(`${taker.name}: a download of ${game_id} with a damaged copy does not end`);
  }
  for (const peer of party.peers) peer.look.forget();
  for (const holding of await looks(party, game)) await judge(party, holding, game);
  if (!answer?.ok) return { as: "refused", why: answer?.error?.code ?? "it is down" };
  return { as: "done", why: "" };
}

async function judge(party: Party, { peer, look }: Holding, game: number): Promise<void> {
  const wrong = sentinelProblems(look, party.truth.versions(game));
  if (wrong.length === 0) return;
  const told = peer.told.flatMap((line) => line.event === "download-finished" ? [line] : []);
  const last = told.findLast(({ game_id }) => game_id === look.game_id);
  if (last?.verified !== false) {
    party.problem(`${peer.name}: ${wrong.join(", ")}, though two sources were right`);
  }
  party.unverified++;
  await placeVersion(party.truth.root(game, Number(look.version)), peer.root(game));
}

async function looks({ peers }: Party, game: number): Promise<Holding[]> {
  const look = async (peer: SoakPeer) => {
    return { peer, look: await peer.look.look(peer.game_dir, GAME_IDS[game] ?? "") };
  };
  return await Promise.all(peers.map(look));
}

/** Waits until nobody works on the game; whether it came to that. */
async function becomesIdle({ peers }: Party, game: number, ms: number): Promise<boolean> {
  const isBusy = async (peer: SoakPeer) => {
    const running = await peer.operations();
    return peer.by_hand.has(game) || running.some(({ game_id }) => game_id === GAME_IDS[game]);
  };
  const isIdle = async () => (await Promise.all(peers.map(isBusy))).every((is_busy) => !is_busy);
  return await until("an idle game", isIdle, ms).then(() => true, () => false);
}
