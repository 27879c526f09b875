/**
 * Which operation runs on which game: at most one each.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { GameId } from "../proto/ids.ts";
import type { ActiveOperation, OperationKind } from "./events.ts";

/** A taken operation; disposing it clears it. */
export interface Operation extends Disposable {
  readonly game_id: GameId;
  readonly kind: OperationKind;
  /** Aborts when the operation is cancelled. */
  readonly signal: AbortSignal;
  /** Goes on as another kind, without a moment in between. */
  become(kind: OperationKind): void;
}

/** A game that is kept from operations; disposing it sets it free. */
export interface Hold extends Disposable {
  /** Aborts when what holds the game is cancelled. */
  readonly signal: AbortSignal;
}

interface Entry<Kind = OperationKind> {
  kind: Kind;
  controller: AbortController;
}

/** The table of running operations. `onChange` is called by every change itself. */
export class Operations {
  readonly #entries = new Map<GameId, Entry>();
  /** What keeps operations away from a game without being one: the game is served and scanned meanwhile. */
  readonly #holds = new Map<GameId, Entry<string>>();
  readonly #onChange: (operations: ActiveOperation[]) => void;

  constructor(onChange: (operations: ActiveOperation[]) => void) {
    this.#onChange = onChange;
  }

  /** Takes the operation. Throws `operation_active` where one runs on this game, or the game is held. */
  begin(game_id: GameId, kind: OperationKind): Operation {
    this.#requireFree(game_id, kind);
    const entry: Entry = { kind, controller: new AbortController() };
    this.#entries.set(game_id, entry);
    this.#changed();
    return this.#handle(game_id, entry);
  }

  /** Lets no operation begin on the game until the result is disposed. Throws `operation_active` like `begin`. */
  hold(game_id: GameId, kind: string): Hold {
    this.#requireFree(game_id, kind);
    const controller = new AbortController();
    this.#holds.set(game_id, { kind, controller });
    return { signal: controller.signal, [Symbol.dispose]: () => void this.#holds.delete(game_id) };
  }

  #running(game_id: GameId): Entry<string> | undefined {
    return this.#entries.get(game_id) ?? this.#holds.get(game_id);
  }

  #requireFree(game_id: GameId, wanted: string): void {
    const running = this.#running(game_id);
    if (!running) return;
    throw new LanspreadError(
      "operation_active",
      `Cannot ${wanted} ${game_id}: its ${running.kind} is still running; wait for it or cancel it`,
    );
  }

  #handle(game_id: GameId, entry: Entry): Operation {
    return {
      game_id,
      get kind() {
        return entry.kind;
      },
      signal: entry.controller.signal,
      become: (kind) => {
        entry.kind = kind;
        this.#changed();
      },
      [Symbol.dispose]: () => {
        if (this.#entries.get(game_id) !== entry) return;
        this.#entries.delete(game_id);
        this.#changed();
      },
    };
  }

  /** What runs on the game, or `null`. */
  kindOf(game_id: GameId): OperationKind | null {
    return this.#entries.get(game_id)?.kind ?? null;
  }

  /** Cancels what runs on the game, where it is of these kinds. Throws `invalid_request` where it is not. */
  cancel(game_id: GameId, kinds: readonly string[]): void {
    const running = this.#running(game_id);
    if (!running) {
      throw new LanspreadError("invalid_request", `Nothing runs on ${game_id} that could be cancelled`);
    }
    const { kind, controller } = running;
    if (!kinds.includes(kind)) {
      throw new LanspreadError(
        "invalid_request",
        `The ${kind} of ${game_id} can't be cancelled; wait for it`,
      );
    }
    controller.abort(new LanspreadError("cancelled", `The ${kind} of ${game_id} was cancelled`));
  }

  /** The running operations, in the order they began. */
  list(): ActiveOperation[] {
    return [...this.#entries].map(([game_id, { kind }]) => ({ game_id, operation: kind }));
  }

  #changed(): void {
    this.#onChange(this.list());
  }
}
