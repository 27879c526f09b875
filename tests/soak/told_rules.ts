/**
 * What a peer may tell in one life: every operation has exactly one end, no failure is of a kind that nothing in a soak
 * explains, nothing is logged as an error. Pure.
 *
 * @module
 */

import type { Line } from "../support/swarm.ts";

/** How a life ended, or that it goes on and nothing runs. */
export type LifeEnd = "at rest" | "killed" | "stopped";

const ENDS: Readonly<Record<string, OperationName>> = {
  "download-finished": "download",
  "download-failed": "download",
  "download-cancelled": "download",
  "download-peers-gone": "download",
  "install-finished": "install",
  "install-failed": "install",
  "uninstall-finished": "uninstall",
  "uninstall-failed": "uninstall",
  "remove-finished": "remove",
  "remove-failed": "remove",
};
const BEGINS: Readonly<Record<string, OperationName>> = {
  "install-begin": "install",
  "uninstall-begin": "uninstall",
  "remove-begin": "remove",
};
const DOWNLOADS = new Set(["download", "fetch-latest"]);
type OperationName = "download" | "install" | "uninstall" | "remove";

/** What a storm explains; the other codes tell of a fault in the program. */
const REFUSALS = new Set([
  ...["operation_active", "already_downloaded", "no_peers_have_game", "not_downloaded", "not_installed"],
  ...["already_installed", "installed"],
]);
const NETWORK_CODES = [
  ...["connection_lost", "timeout", "game_not_found", "not_transferable", "manifest_changed", "busy"],
  ...["peers_gone", "no_peers_have_game", "download_failed"],
];
const FAILURES: Readonly<Record<string, ReadonlySet<string>>> = {
  // The last one: somebody put the wanted version there after the command was accepted.
  "download-failed": new Set(["disk_full", ...NETWORK_CODES, "already_downloaded"]),
  "install-failed": new Set(["disk_full", "cancelled", ...NETWORK_CODES]),
  "uninstall-failed": new Set(),
  "remove-failed": new Set(),
};
/** Lines of the log that tell of a fault, whatever their level. */
const BAD_LOG = /\[(ERR|FTL)\]|failed and starts again|goes on without it|takes? no events|Uncaught|panicked/;

/** The id of a command that is about a game: an answer names no game. */
export function idFor(game_id: string, n: number): string {
  return `${game_id} ${n}`;
}

function gameOfId(id: unknown): string {
  return String(id).split(" ")[0] ?? "";
}

/** All that is wrong with what one life told. `damaged`: games of which a copy was damaged on purpose. */
export function toldProblems(
  lines: readonly Line[],
  end: LifeEnd,
  damaged: ReadonlySet<string> = new Set(),
): string[] {
  return [
    ...lines.flatMap((line) => lineProblems(line, damaged)),
    ...balanceProblems(lines, end),
  ];
}

function lineProblems(line: Line, damaged: ReadonlySet<string>): string[] {
  if (line.event === "runtime-failed") return [`runtime-failed: ${line.component}: ${line.error}`];
  if (line.event === "result" && line.error && !isExplained(line.command, line.error.code)) {
    return [`${line.command} was refused with ${line.error.code}: ${line.error.message}`];
  }
  const allowed = FAILURES[line.event];
  if (!allowed || !("code" in line) || allowed.has(line.code)) return [];
  // A damaged archive is found out where it is unpacked.
  if (line.code === "archive_damaged" && damaged.has(line.game_id)) return [];
  return [`${line.event} of ${line.game_id} with ${line.code}: ${line.message}`];
}

function isExplained(command: string | null, code: string): boolean {
  return REFUSALS.has(code) || command === "cancel-download" && code === "invalid_request";
}

function balanceProblems(lines: readonly Line[], end: LifeEnd): string[] {
  const open = new Map<string, number>();
  for (const line of lines) {
    const [key, change] = step(line);
    if (key !== undefined) open.set(key, (open.get(key) ?? 0) + change);
  }
  // What ran when the life ended has no end; a game has one operation at a time.
  const most = end === "at rest" ? 0 : 1;
  return [...open].filter(([, count]) => count < 0 || count > most).map(([key, count]) =>
    count < 0 ? `${key}: ${-count} ends too many` : `${key}: ${count} without an end`
  );
}

function step(line: Line): [key: string | undefined, change: number] {
  const ended = ENDS[line.event];
  const begun = BEGINS[line.event];
  if (ended && "game_id" in line) return [`${ended} of ${line.game_id}`, -1];
  if (begun && "game_id" in line) return [`${begun} of ${line.game_id}`, 1];
  if (line.event === "result" && line.ok && DOWNLOADS.has(line.command ?? "")) {
    return [`download of ${gameOfId(line.id)}`, 1];
  }
  return [undefined, 0];
}

/** Lines of a log that tell of a fault. */
export function logProblems(log: string): string[] {
  return log.split("\n").filter((line) => BAD_LOG.test(line));
}
