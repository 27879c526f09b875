/**
 * What has just happened, said once: as a note in a corner, and to a screen reader.
 *
 * @module
 */

import { signal } from "@preact/signals";
import type { Told } from "../../answer_schemas.ts";
import { gameOf, model } from "./store.ts";
import { type Mood, type Words, wordsOf } from "./words.ts";

const MAX_NOTES = 3;
const NOTE_MS = 6_000;

/** A note. */
export interface Note extends Words {
  readonly key: number;
}

export const notes = signal<readonly Note[]>([]);
/** What a screen reader says when it has finished its sentence. */
export const spoken = signal("");

/** What the log alone tells. */
const QUIET: ReadonlySet<string> = new Set(["download-chunk-corrupt", "download-chunk-disputed"]);
let next_key = 0;

/** Notes and speaks an event where it is one to be told. */
export function notify(told: Told): void {
  if (told.event === "snapshot") return;
  if (told.event === "download-begin") return say(`Downloading ${nameOf(told.game_id)}`);
  if (told.event === "install-begin") return say(`Installing ${nameOf(told.game_id)}`);
  const words = QUIET.has(told.event) ? undefined : wordsOf(told, nameOf);
  if (!words || isToBeContinued(told)) return;
  note(words);
}

/** An install follows; that one is told. */
function isToBeContinued(told: Told): boolean {
  if (told.event !== "download-finished") return false;
  return model.value?.status.operations.some(({ game_id }) => game_id === told.game_id) ?? false;
}

/** A game is started; nothing is heard of it any more, other than where that fails. */
export function noteStart(name: string): void {
  note({ mood: "good", text: `Starting ${name}…` });
}

/** Nothing has to be done about it. */
export function noteCalm(text: string): void {
  note({ mood: "neutral", text });
}

/** Something went wrong that the person has just asked for. */
export function noteFailure(text: string, detail: string): void {
  note({ mood: "bad", text, detail });
}

function note(words: Words): void {
  const key = next_key++;
  notes.value = [...notes.value, { ...words, key }].slice(-MAX_NOTES);
  say(`${words.text}. ${words.detail ?? ""}`);
  if (words.mood !== "bad") setTimeout(() => dismiss(key), NOTE_MS);
}

/** Takes a note away. */
export function dismiss(key: number): void {
  notes.value = notes.value.filter((note) => note.key !== key);
}

function say(text: string): void {
  spoken.value = text;
}

function nameOf(game_id: string): string {
  return gameOf(game_id)?.name ?? game_id;
}

export type { Mood };
