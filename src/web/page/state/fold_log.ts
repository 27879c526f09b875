/**
 * The activity log: what has ended, the newest first. Pure.
 *
 * @module
 */

import type { Recent, Told } from "../../answer_schemas.ts";
import type { LogLine, Model } from "./model.ts";
import { wordsOf } from "./words.ts";

const MAX_LINES = 200;
/** What may come very often is one line, with a count. */
const MANY: ReadonlySet<string> = new Set<Told["event"]>(["download-chunk-corrupt"]);
/** What is no failure: somebody wanted it so, or nothing is missing. */
const CALM: ReadonlySet<string> = new Set(["cancelled", "already_downloaded"]);

/** The log that a snapshot brings. */
export function logOf(recent: readonly Recent[]): LogLine[] {
  return recent.map((line, at) => ({ ...line, key: at })).reverse();
}

/** The model with `told` in its log, where there are words for it. */
export function logged(model: Model, told: Told, at_ms: number): Model {
  if (told.event === "snapshot" || !wordsOf(told, String)) return model;
  const key = (model.log[0]?.key ?? -1) + 1;
  const before = model.log.find(({ event }) => gameOf(event) === gameOf(told));
  const is_more = before?.event.event === told.event && MANY.has(told.event);
  const line: LogLine = { at_ms, event: told, key, count: is_more ? before.count + 1 : 1 };
  const others = is_more ? model.log.filter((other) => other !== before) : model.log;
  return { ...model, log: [line, ...others].slice(0, MAX_LINES) };
}

function gameOf(told: Told): string | undefined {
  return "game_id" in told ? told.game_id : undefined;
}

/** What went wrong last with a game, as long as nothing went right since. */
export function lastFailure(log: readonly LogLine[], game_id: string): string | undefined {
  const line = log.find(({ event }) => "game_id" in event && event.game_id === game_id);
  if (!line || !("message" in line.event) || CALM.has(line.event.code)) return undefined;
  return line.event.message;
}
