/**
 * Which hint leads to a scan. Pure: hints and endings in, decisions out; no time, no I/O.
 *
 * Events are gated per game: while an operation runs on it they are held back, and while it is scanned they ask for
 * one more scan. However many hints come, a game is never scanned twice at once, and always once after the last hint.
 *
 * @module
 */

import type { GameId } from "../proto/ids.ts";

/** The gates of all games. */
export class RootGate {
  /** Games that are scanned now; `true`: once more when that is over. */
  readonly #scanning = new Map<GameId, boolean>();
  readonly #held = new Set<GameId>();

  /** Something may have changed; `true`: scan now, and call `finished` afterwards. */
  hint(id: GameId, is_busy: boolean): boolean {
    if (is_busy) {
      this.#held.add(id);
      return false;
    }
    const is_idle = !this.#scanning.has(id);
    this.#scanning.set(id, !is_idle);
    return is_idle;
  }

  /** A scan is over; `true`: scan once more. */
  finished(id: GameId): boolean {
    const again = this.#scanning.get(id) === true;
    if (again) this.#scanning.set(id, false);
    else this.#scanning.delete(id);
    return again;
  }

  /** An operation is over; `true`: there were hints, so `hint` has to be called. */
  released(id: GameId): boolean {
    return this.#held.delete(id);
  }
}
