/**
 * The activity log: what has ended, the newest first. Pure.
 *
 * @module
 */

import type { Recent, Told } from "../../answer_schemas.ts";
import type { LogLine, Model } from "./model.ts";

const MAX_LINES = 200;

const KEPT: ReadonlySet<string> = new Set<Told["event"]>([
  "download-finished",
  "download-failed",
  "download-cancelled",
  "download-peers-gone",
  "download-chunk-corrupt",
  "install-finished",
  "install-failed",
  "uninstall-finished",
  "uninstall-failed",
  "remove-finished",
  "remove-failed",
  "runtime-failed",
]);

/** The log that a snapshot brings. */
export function logOf(recent: readonly Recent[]): LogLine[] {
  return recent.map((line, at) => ({ ...line, key: at })).reverse();
}

/** The model with `told` in its log, where it is worth a line. */
export function logged(model: Model, told: Told, at_ms: number): Model {
  if (told.event === "snapshot" || !KEPT.has(told.event)) return model;
  const line: LogLine = { at_ms, event: told, key: (model.log[0]?.key ?? -1) + 1 };
  return { ...model, log: [line, ...model.log].slice(0, MAX_LINES) };
}

/** What went wrong last with a game, as long as nothing went right since. */
export function lastFailure(log: readonly LogLine[], game_id: string): string | undefined {
  const line = log.find(({ event }) => "game_id" in event && event.game_id === game_id);
  if (!line || !("message" in line.event)) return undefined;
  return line.event.message;
}
