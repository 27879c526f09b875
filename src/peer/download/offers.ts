/**
 * Asks the peers what they offer, and lets the majority win.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../../base/errors.ts";
import type { GameId, GameVersion, PeerId } from "../../proto/ids.ts";
import type { GameDetails } from "../../proto/message.ts";
import { type DownloadPlan, type Offer, planDownload, rejectedOffers } from "./plan.ts";

/** What is wanted. */
export interface PlanOrder {
  game_id: GameId;
  /** The version that a source must hold. */
  version: GameVersion;
  /** The peers that announce it. */
  candidates: readonly PeerId[];
}

/** What asking needs of the rest of the peer. */
export interface PlanPorts {
  askDetails(peer_id: PeerId, game_id: GameId, signal: AbortSignal): Promise<GameDetails>;
  /** A peer is not used, or not any more. */
  onRejected(peer_id: PeerId, reason: string): void;
}

/** Asks every candidate for its file list and lets the majority win. */
export async function askForPlan(
  { game_id, version, candidates }: PlanOrder,
  ports: PlanPorts,
  signal: AbortSignal,
): Promise<DownloadPlan> {
  const offers: Offer[] = [];
  const reasons: string[] = [];
  const reject = (peer_id: PeerId, reason: string) => {
    reasons.push(reason);
    ports.onRejected(peer_id, reason);
  };
  await Promise.all(candidates.map(async (peer_id) => {
    try {
      offers.push({ peer_id, details: await ports.askDetails(peer_id, game_id, signal) });
    } catch (error) {
      signal.throwIfAborted();
      reject(peer_id, messageOf(error));
    }
  }));
  const of_game = offers.filter(({ details }) => details.game_id === game_id);
  const plan = planDownload(of_game, version);
  for (const { peer_id, reason } of plan?.rejected ?? rejectedOffers(of_game, version)) {
    reject(peer_id, reason);
  }
  if (plan) return plan;
  const why = reasons[0] === undefined ? "" : `: ${reasons[0]}`;
  throw new LanspreadError(
    "no_peers_have_game",
    `No peer can serve version ${version} of ${game_id} now${why}`,
  );
}
