/**
 * How far each operation is, and how fast it went of late. Pure.
 *
 * @module
 */

import type { Progress, Told } from "../../answer_schemas.ts";
import type { Live, Model } from "./model.ts";

/** How many speeds a curve is drawn of, and how far they lie apart at least. */
const SPEEDS = 60;
const SAMPLE_MS = 400;

const NOTHING: Omit<Live, "phase" | "sampled_ms"> = {
  done_bytes: 0,
  total_bytes: 0,
  bytes_per_s: 0,
  eta_s: null,
  active_peers: 0,
  shares: new Map(),
  speeds: [],
  sampled_bytes: 0,
};

/** What a snapshot says of an operation. */
export function liveOf({ shares, game_id: _, ...progress }: Progress, now_ms: number): Live {
  const byPeer = new Map(shares.map(({ peer_id, bytes }) => [peer_id as string, bytes]));
  const { done_bytes } = progress;
  return { ...NOTHING, ...progress, shares: byPeer, sampled_ms: now_ms, sampled_bytes: done_bytes };
}

/** The model after an event that tells how far something is. */
export function foldLive(model: Model, told: Told, now_ms: number): Model {
  if (!("game_id" in told)) return model;
  const before = model.live.get(told.game_id);
  const after = next(before, told, now_ms);
  if (after === before || !after) return model;
  return { ...model, live: new Map(model.live).set(told.game_id, after) };
}

function next(live: Live | undefined, told: Told, now_ms: number): Live | undefined {
  switch (told.event) {
    case "download-begin": {
      const { total_bytes, resumed_bytes } = told;
      const here = { done_bytes: resumed_bytes, sampled_bytes: resumed_bytes };
      return { ...NOTHING, ...here, phase: "download", total_bytes, sampled_ms: now_ms };
    }
    case "install-begin":
      return { ...NOTHING, phase: "install", sampled_ms: now_ms };
    case "download-progress": {
      const { event: _, game_id: __, ...progress } = told;
      return live && sampled({ ...live, ...progress }, progress.bytes_per_s, now_ms);
    }
    case "install-progress":
      return live &&
        installing({ ...live, done_bytes: told.done_bytes, total_bytes: told.total_bytes }, now_ms);
    case "download-chunk-finished":
      return live && { ...live, shares: withShare(live.shares, told.peer_id, told.length) };
    default:
      return live;
  }
}

/** An install does not say how fast it is. */
function installing(live: Live, now_ms: number): Live {
  const seconds = (now_ms - live.sampled_ms) / 1_000;
  if (seconds * 1_000 < SAMPLE_MS) return live;
  const bytes_per_s = Math.max(0, live.done_bytes - live.sampled_bytes) / seconds;
  const left = live.total_bytes - live.done_bytes;
  const eta_s = bytes_per_s > 0 ? left / bytes_per_s : null;
  return sampled({ ...live, bytes_per_s, eta_s }, bytes_per_s, now_ms);
}

function sampled(live: Live, speed: number, now_ms: number): Live {
  if (live.speeds.length > 0 && now_ms - live.sampled_ms < SAMPLE_MS) return live;
  const speeds = [...live.speeds, speed].slice(-SPEEDS);
  return { ...live, speeds, sampled_ms: now_ms, sampled_bytes: live.done_bytes };
}

function withShare(shares: ReadonlyMap<string, number>, peer_id: string, bytes: number): Map<string, number> {
  return new Map(shares).set(peer_id, (shares.get(peer_id) ?? 0) + bytes);
}
