/**
 * The activity log: what has ended, the newest first. Pure.
 *
 * @module
 */

import type { Recent, Told } from "../../answer_schemas.ts";
import type { LogLine, Model } from "./model.ts";
import { wordsOf } from "./words.ts";

const MAX_LINES = 200;

/** The log that a snapshot brings. */
export function logOf(recent: readonly Recent[]): LogLine[] {
  return recent.map((line, at) => ({ ...line, key: at })).reverse();
}

/** The model with `told` in its log, where there are words for it. */
export function logged(model: Model, told: Told, at_ms: number): Model {
  if (told.event === "snapshot" || !wordsOf(told, String)) return model;
  const line: LogLine = { at_ms, event: told, key: (model.log[0]?.key ?? -1) + 1 };
  return { ...model, log: [line, ...model.log].slice(0, MAX_LINES) };
}

/** What went wrong last with a game, as long as nothing went right since. */
export function lastFailure(log: readonly LogLine[], game_id: string): string | undefined {
  const line = log.find(({ event }) => "game_id" in event && event.game_id === game_id);
  if (!line || !("message" in line.event) || line.event.code === "cancelled") return undefined;
  return line.event.message;
}
