/**
 * Understands from a peer's events how one operation on one game goes, and how it ends. Pure: time comes as an argument.
 *
 * A download may be followed by an install. The peer says so before it says that the download is finished: the operation
 * then has become the install.
 *
 * @module
 */

import type { OperationKind, PeerEvent } from "../peer/events.ts";
import type { Told } from "../web/answer_schemas.ts";
import { formatBytes, formatCount, formatSeconds } from "./amounts.ts";
import type { Figures } from "./bar.ts";

/** What an event says about the operation; nothing where it is about something else. */
export interface Step {
  figures?: Figures;
  /** A sentence that is worth a line. */
  line?: string;
  /** It is over. */
  end?: { ok: boolean; message: string };
}

/** Follows what happens to one game from now on. */
export class Follower {
  #operation: OperationKind | undefined;
  #is_downloaded = false;
  /** When the install began. */
  #installing_since_ms: number | undefined;
  #snapshots = 0;

  constructor(readonly game_id: string, readonly kind: OperationKind) {}

  /** What runs on the game now, as far as it is known. */
  get operation(): OperationKind | undefined {
    return this.#operation;
  }

  /** Takes an event in. */
  hear(told: Told, now_ms: number): Step {
    if (told.event === "snapshot") return this.#hearState(told);
    if (told.event === "active-operations-changed") return this.#hearOperations(told.operations);
    if (!("game_id" in told) || told.game_id !== this.game_id) return {};
    return this.#hearGame(told, now_ms);
  }

  #hearState({ status, games }: Told & { event: "snapshot" }): Step {
    this.#operation = this.#mine(status.operations);
    // The first one is from before the operation; a later one stands for events that nobody knows any more.
    if (this.#snapshots++ === 0 || this.#operation) return {};
    const game = games.find(({ id }) => id === this.game_id);
    const reached: Record<OperationKind, boolean | undefined> = {
      download: game?.downloaded,
      install: game?.installed,
      update: game?.installed,
      "stream-install": game?.installed,
      uninstall: game && !game.installed,
      remove: !game?.downloaded,
    };
    const ok = reached[this.kind] ?? false;
    return { end: { ok, message: `the ${this.kind} of ${this.game_id} ${ok ? "is done" : "failed"}` } };
  }

  #hearOperations(operations: readonly { game_id: string; operation: OperationKind }[]): Step {
    this.#operation = this.#mine(operations);
    if (this.#operation || !this.#is_downloaded || this.#installing_since_ms !== undefined) return {};
    return { end: { ok: true, message: `${this.game_id} is downloaded` } };
  }

  #mine(operations: readonly { game_id: string; operation: OperationKind }[]): OperationKind | undefined {
    return operations.find(({ game_id }) => game_id === this.game_id)?.operation;
  }

  #hearGame(event: PeerEvent, now_ms: number): Step {
    const game = this.game_id;
    switch (event.event) {
      case "download-begin": {
        const { total_bytes, resumed_bytes, sources } = event;
        const rest = resumed_bytes > 0 ? `, ${formatBytes(resumed_bytes)} of it are here already` : "";
        const from = formatCount(sources.length, "source");
        return { line: `${game}: downloading ${formatBytes(total_bytes)} from ${from}${rest}` };
      }
      case "download-progress": {
        const { done_bytes, total_bytes, bytes_per_s, active_peers: sources, eta_s } = event;
        return { figures: { label: game, done_bytes, total_bytes, bytes_per_s, sources, eta_s } };
      }
      case "download-finished":
        return this.#downloaded(event);
      case "download-cancelled":
        return failed(`the download of ${game} was cancelled`);
      case "download-peers-gone":
        return failed(`all sources of ${game} are gone; get it again to go on where it stopped`);
      case "install-begin":
        this.#installing_since_ms = now_ms;
        return { line: `${game}: ${event.operation === "update" ? "updating" : "installing"}` };
      case "install-progress":
        return { figures: this.#installFigures(event, now_ms) };
      case "install-finished":
        return { end: { ok: true, message: `${game} is installed` } };
      case "uninstall-finished":
        return { end: { ok: true, message: `${game} is uninstalled` } };
      case "remove-finished":
        return { end: { ok: true, message: `${game} is removed` } };
      case "download-failed":
      case "install-failed":
      case "uninstall-failed":
      case "remove-failed":
        return failed(event.message);
      default:
        return {};
    }
  }

  #downloaded({ bytes, seconds }: PeerEvent & { event: "download-finished" }): Step {
    const speed = `${formatBytes(bytes / Math.max(seconds, 0.001))}/s`;
    const line = `${this.game_id}: downloaded ${formatBytes(bytes)} in ${formatSeconds(seconds)}, ${speed}`;
    this.#is_downloaded = true;
    if (this.#operation) return { line };
    return { line, end: { ok: true, message: `${this.game_id} is downloaded` } };
  }

  #installFigures(
    { done_bytes, total_bytes }: { done_bytes: number; total_bytes: number },
    now_ms: number,
  ): Figures {
    const seconds = Math.max(0.001, (now_ms - (this.#installing_since_ms ?? now_ms)) / 1_000);
    const bytes_per_s = done_bytes / seconds;
    const eta_s = bytes_per_s > 0 ? (total_bytes - done_bytes) / bytes_per_s : null;
    return { label: this.game_id, done_bytes, total_bytes, bytes_per_s, eta_s };
  }
}

function failed(message: string): Step {
  return { end: { ok: false, message } };
}
