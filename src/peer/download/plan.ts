/**
 * Which manifest to download and from whom. Pure.
 *
 * @module
 */

import { compareText, type GameVersion, type PeerId } from "../../proto/ids.ts";
import { makeManifest, type Manifest } from "../../proto/manifest.ts";
import type { GameDetails } from "../../proto/message.ts";

/** What one peer answered. */
export interface Offer {
  peer_id: PeerId;
  details: GameDetails;
}

/** The manifest that won, and who holds it. */
export interface DownloadPlan {
  manifest: Manifest;
  /** Sorted by id, at least one. */
  sources: PeerId[];
  /** Peers that are not used, with the reason. */
  rejected: { peer_id: PeerId; reason: string }[];
}

/**
 * Groups the offers of the wanted version by their file list; the group with the most peers wins, of equal ones the
 * one that holds the smallest peer_id. `undefined` where no offer can be used.
 */
export function planDownload(offers: readonly Offer[], wanted: GameVersion): DownloadPlan | undefined {
  const rejected = rejectedOffers(offers, wanted);
  const useless = new Set(rejected.map(({ peer_id }) => peer_id));
  const groups = new Map<string, { manifest: Manifest; sources: PeerId[] }>();
  for (const { peer_id, details } of offers.toSorted((a, b) => compareText(a.peer_id, b.peer_id))) {
    if (useless.has(peer_id)) continue;
    const group = groups.get(details.manifest_hash) ?? { manifest: manifestOf(details), sources: [] };
    groups.set(details.manifest_hash, group);
    group.sources.push(peer_id);
  }
  // A stable sort: among equal groups the one whose first peer has the smallest id stays first.
  const [winner, ...outvoted] = [...groups.values()].sort((a, b) => b.sources.length - a.sources.length);
  if (!winner) return undefined;
  for (const peer_id of outvoted.flatMap((group) => group.sources)) {
    rejected.push({ peer_id, reason: "its files differ from those of the majority" });
  }
  return { ...winner, rejected };
}

/** The offers that can't be used whatever the others say, with the reason. */
export function rejectedOffers(offers: readonly Offer[], wanted: GameVersion): DownloadPlan["rejected"] {
  const known = new Map<string, GameDetails>();
  return offers.flatMap(({ peer_id, details }) => {
    const reason = offerProblem(details, wanted, known);
    return reason === undefined ? [] : [{ peer_id, reason }];
  });
}

/** `known` are lists that match their hash: one that is the same need not be hashed once more. */
function offerProblem(
  details: GameDetails,
  wanted: GameVersion,
  known: Map<string, GameDetails>,
): string | undefined {
  if (details.version !== wanted) return `it has version ${details.version}, not ${wanted}`;
  const same = known.get(details.manifest_hash);
  if (same && isSameOffer(same, details)) return undefined;
  const { manifest_hash } = makeManifest(details.game_id, details.version, details.files);
  if (details.manifest_hash !== manifest_hash) return "its file list does not match its hash";
  known.set(manifest_hash, details);
  return undefined;
}

function isSameOffer(a: GameDetails, b: GameDetails): boolean {
  if (a.game_id !== b.game_id || a.version !== b.version || a.files.length !== b.files.length) return false;
  return a.files.every(({ path, size }, n) => path === b.files[n]?.path && size === b.files[n]?.size);
}

/** The manifest of an offer whose hash was found to be right. */
function manifestOf({ game_id, version, files, manifest_hash }: GameDetails): Manifest {
  return { game_id, version, files: files.toSorted((a, b) => compareText(a.path, b.path)), manifest_hash };
}
