/**
 * The last screen: what came from whom, how fast, and that nothing is left.
 *
 * @module
 */

import { total } from "./check.ts";
import type { Outcome } from "./fetch_chapters.ts";
import { formatBytes, formatCount, formatSeconds, formatShare, formatSpeed } from "./format.ts";
import { PEERS } from "./party.ts";
import type { Screen } from "./screen.ts";
import type { Cell } from "./table.ts";

/** The figures of the whole demo on one screen. */
export function summarize(screen: Screen, outcomes: readonly Outcome[], left: string, seconds: number): void {
  screen.title("Summary");
  const rows = outcomes.flatMap(({ game, download, install }): Cell[][] => [
    figures(`${game.id} downloaded`, download),
    ...download.shares.map(({ name, bytes, chunks }): Cell[] => [
      { text: `  from ${name}`, style: PEERS[name] },
      formatBytes(bytes),
      "",
      "",
      `${formatCount(chunks, "chunk")}, ${formatShare(bytes, download.bytes)}`,
    ]),
    figures(`${game.id} installed`, install),
  ]);
  screen.table(["", "bytes", "time", "speed", ""], rows, [1, 2, 3]);
  const checked = total(outcomes.map((outcome) => outcome.checked));
  screen.line("");
  screen.tick(`${formatCount(checked.files, "file")}, ${formatBytes(checked.bytes)}: every byte equal`);
  screen.tick(`nothing left: no process, no folder ${left}`);
  screen.tick(`all of this took ${formatSeconds(seconds)}`);
}

function figures(what: string, { bytes, seconds }: { bytes: number; seconds: number }): Cell[] {
  return [what, formatBytes(bytes), formatSeconds(seconds), formatSpeed(bytes / seconds), ""];
}
