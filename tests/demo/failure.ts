/**
 * What is said when the demo fails: where, why, and the last words of the peers.
 *
 * @module
 */

import { messageOf } from "../../src/base/errors.ts";
import type { PeerProcess } from "../support/swarm.ts";
import { isAlive } from "./cleanup.ts";

const EVENTS_SHOWN = 3;
const LOG_LINES_SHOWN = 10;
const MAX_LINE = 200;

/** Writes to standard error, if somebody still reads it. */
export function complain(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  } catch {
    // The terminal is gone; there is nobody left to tell.
  }
}

/** The first line of what went wrong, and of each peer the end of its events and its log. */
export function failureReport(step: string, error: unknown, peers: readonly PeerProcess[]): string {
  return [`The demo failed at ${step}: ${firstLine(error)}`, ...peers.map(lastWords)].join("\n\n");
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  return messageOf(error).split("\n")[0] ?? "";
}

function lastWords({ name, pid, lines, log }: PeerProcess): string {
  const events = lines.slice(-EVENTS_SHOWN).map((line) => JSON.stringify(line));
  const logged = log.split("\n").filter((line) => line !== "").slice(-LOG_LINES_SHOWN);
  return [
    `${name} (process ${pid}, ${isAlive(pid) ? "running" : "has ended"})`,
    ...section("last events", events),
    ...section("end of its log", logged),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [`   ${title}: none`];
  return [`   ${title}:`, ...lines.map((line) => `      ${line.slice(0, MAX_LINE)}`)];
}
