/**
 * What the events of late add up to, for a reader that comes in the middle: how far what runs is, and what has ended.
 * Pure.
 *
 * @module
 */

import type { PeerEvent } from "../peer/events.ts";
import type { GameId, PeerId } from "../proto/ids.ts";
import type { Progress, Recent } from "./answer_schemas.ts";

/** What has ended, as far as it is kept. */
const MAX_RECENT = 100;

/** What may come thousands of times in one download: kept as one, with a count. */
const MANY: ReadonlySet<string> = new Set<PeerEvent["event"]>(["download-chunk-corrupt"]);

/** Events that people want to read again. */
const TOLD_AGAIN: ReadonlySet<string> = new Set<PeerEvent["event"]>([
  "download-finished",
  "download-failed",
  "download-cancelled",
  "download-peers-gone",
  "download-chunk-corrupt",
  "download-chunk-disputed",
  "install-finished",
  "install-failed",
  "uninstall-finished",
  "uninstall-failed",
  "remove-finished",
  "remove-failed",
  "runtime-failed",
]);

interface Running extends Omit<Progress, "shares"> {
  shares: Map<PeerId, number>;
}

/** Hears every event of a peer. */
export class Chronicle {
  readonly #running = new Map<GameId, Running>();
  #recent: Recent[] = [];

  /** How far each running operation is that has told so. */
  get progress(): Progress[] {
    return [...this.#running.values()].map(({ shares, ...rest }) => ({
      ...rest,
      shares: [...shares].map(([peer_id, bytes]) => ({ peer_id, bytes })),
    }));
  }

  /** The events that people want to read again, the newest last. */
  get recent(): readonly Recent[] {
    return [...this.#recent];
  }

  /** Takes an event in. */
  hear(event: PeerEvent, at_ms: number): void {
    if (TOLD_AGAIN.has(event.event)) this.#remember({ at_ms, event, count: 1 });
    if (event.event === "active-operations-changed") {
      const running = new Set(event.operations.map(({ game_id }) => game_id));
      for (const game_id of this.#running.keys()) if (!running.has(game_id)) this.#running.delete(game_id);
    }
    this.#measure(event);
  }

  #remember(recent: Recent): void {
    this.#recent = withRecent(this.#recent, recent).slice(-MAX_RECENT);
  }

  #measure(event: PeerEvent): void {
    switch (event.event) {
      case "download-begin":
        return this.#begin(event.game_id, "download", event.resumed_bytes, event.total_bytes);
      case "install-begin":
        return this.#begin(event.game_id, "install", 0, 0);
      case "download-progress": {
        const { event: _, ...progress } = event;
        return this.#update(event.game_id, progress);
      }
      case "install-progress": {
        const { done_bytes, total_bytes } = event;
        return this.#update(event.game_id, { done_bytes, total_bytes });
      }
      case "download-chunk-finished": {
        const shares = this.#running.get(event.game_id)?.shares;
        shares?.set(event.peer_id, (shares.get(event.peer_id) ?? 0) + event.length);
      }
    }
  }

  #begin(game_id: GameId, phase: Progress["phase"], done_bytes: number, total_bytes: number): void {
    const shares = new Map<PeerId, number>();
    this.#running.set(game_id, {
      game_id,
      phase,
      done_bytes,
      total_bytes,
      bytes_per_s: 0,
      eta_s: null,
      active_peers: 0,
      shares,
    });
  }

  #update(game_id: GameId, progress: Partial<Running>): void {
    const running = this.#running.get(game_id);
    if (running) Object.assign(running, progress);
  }
}

/** What ended, with one more; where the last of that game is the same and may come many times, in its place. */
function withRecent(recent: readonly Recent[], one: Recent): Recent[] {
  const before = recent.findLast(({ event }) => gameOf(event) === gameOf(one.event));
  if (!before || !MANY.has(one.event.event) || before.event.event !== one.event.event) {
    return [...recent, one];
  }
  return [...recent.filter((other) => other !== before), { ...one, count: before.count + one.count }];
}

function gameOf(event: Recent["event"]): GameId | undefined {
  return "game_id" in event ? event.game_id : undefined;
}
