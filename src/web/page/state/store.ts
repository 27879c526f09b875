/**
 * The signals that everything on the page is drawn from.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Told } from "../../answer_schemas.ts";
import { fold } from "./fold.ts";
import type { Game, Live, Model } from "./model.ts";

/** What is known; `undefined` before the first snapshot. */
export const model = signal<Model | undefined>(undefined);

/** Whether events come: not yet, now, or not any more. */
export const connection = signal<"connecting" | "live" | "lost">("connecting");

export const games: ReadonlySignal<readonly Game[]> = computed(() => model.value?.games ?? []);
export const settings = computed(() => model.value?.settings);
export const machines = computed(() => model.value?.machines ?? new Map<string, never>());
export const incompatible = computed(() => model.value?.incompatible ?? []);
export const log = computed(() => model.value?.log ?? []);
const live = computed(() => model.value?.live ?? new Map<string, Live>());
const names = computed(() => model.value?.names ?? new Map<string, string>());

/** Games that something runs on. */
export const busy = computed(() => games.value.filter(({ operation }) => operation !== null));

/** Takes in what the event stream tells. */
export function hear(told: Told): void {
  model.value = fold(model.value, told, Date.now());
}

/** How far the operation on a game is. */
export function liveOf(game_id: string): Live | undefined {
  return live.value.get(game_id);
}

/** One game of the list. */
export function gameOf(game_id: string): Game | undefined {
  return games.value.find(({ id }) => id === game_id);
}

/** What people call a machine. */
export function nameOf(peer_id: string): string {
  return names.value.get(peer_id) ?? "a machine that left";
}
