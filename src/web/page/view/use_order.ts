/**
 * Gives the command of a form.
 *
 * @module
 */

import { type Signal, useSignal } from "@preact/signals";
import { command, type Wish } from "../state/peer_api.ts";

/** Where a form's command is. */
export interface Order {
  readonly is_waiting: Signal<boolean>;
  /** Why the last one was refused; empty where it was not. */
  readonly problem: Signal<string>;
  /** Gives a command; gives whether it was accepted. */
  give(wish: Wish): Promise<boolean>;
}

/** The orders of one form. */
export function useOrder(): Order {
  const is_waiting = useSignal(false);
  const problem = useSignal("");
  const give = async (wish: Wish) => {
    is_waiting.value = true;
    problem.value = "";
    try {
      await command(wish);
      return true;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
      return false;
    } finally {
      is_waiting.value = false;
    }
  };
  return { is_waiting, problem, give };
}
