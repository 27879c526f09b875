/**
 * What a soak did, counted, and its summary. Pure but for the counters.
 *
 * @module
 */

import type { Line } from "../support/swarm.ts";
import type { ActionKind } from "./plan.ts";

/** What became of an action. `skipped`: it could not be begun, because a machine was down or at work. */
export interface Done {
  readonly as: "done" | "refused" | "skipped";
  readonly why: string;
}

/** Why an action was not begun. */
export function skipped(why: string): Done {
  return { as: "skipped", why };
}

const MIB = 1024 * 1024;
const COLUMNS = ["done", "refused", "skipped"] as const;

/** Counters of actions. */
export class Tally {
  readonly #actions = new Map<ActionKind, Record<Done["as"], number>>();
  readonly #reasons = new Map<string, number>();

  note(kind: ActionKind, { as, why }: Done): void {
    const counts = this.#actions.get(kind) ?? { done: 0, refused: 0, skipped: 0 };
    counts[as]++;
    this.#actions.set(kind, counts);
    if (as !== "done") this.#reasons.set(why, (this.#reasons.get(why) ?? 0) + 1);
  }

  count(kind: ActionKind): number {
    return this.#actions.get(kind)?.done ?? 0;
  }

  /** A row a kind, and why others were not done. */
  rows(): string[] {
    const row = (name: string, cells: readonly (string | number)[]) =>
      name.padEnd(20) + cells.map((cell) => String(cell).padStart(9)).join("");
    const kinds = [...this.#actions].toSorted(([a], [b]) => a < b ? -1 : 1);
    const sums = COLUMNS.map((column) => kinds.reduce((sum, [, counts]) => sum + counts[column], 0));
    return [
      row("action", COLUMNS),
      ...kinds.map(([kind, counts]) => row(kind, COLUMNS.map((column) => counts[column]))),
      row("together", sums),
      `why not: ${listed(this.#reasons)}`,
    ];
  }
}

/** How operations ended, and how many bytes came over the wire, of all that was told. */
export function operationRows(lines: readonly Line[]): string[] {
  const ends = new Map<string, number>();
  let [chunk_bytes, corrupt] = [0, 0];
  for (const line of lines) {
    if (line.event === "download-chunk-finished") chunk_bytes += line.length;
    if (line.event === "download-chunk-corrupt") corrupt++;
    if (
      !/-(finished|failed|cancelled|peers-gone)$/.test(line.event) || line.event === "download-chunk-finished"
    ) continue;
    if (line.event === "runtime-failed") continue;
    const name = "code" in line ? `${line.event} (${line.code})` : line.event;
    ends.set(name, (ends.get(name) ?? 0) + 1);
  }
  return [
    `operations ended: ${listed(ends)}`,
    `downloaded: ${
      (chunk_bytes / MIB).toFixed(0)
    } MiB in chunks that were told as finished; ${corrupt} corrupt ones found`,
  ];
}

function listed(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${count} ${name}`).join(", ") || "nothing";
}
