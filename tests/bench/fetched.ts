/**
 * One download of one game by one peer, measured from outside; afterwards the game can be removed for the next one.
 *
 * @module
 */

import { until } from "../support/deadline.ts";
import type { PeerProcess } from "../support/swarm.ts";
import { largest } from "./figures.ts";
import { cpuSeconds, forgetPeak, peakBytes } from "./process_figures.ts";

const DOWNLOAD_MS = 300_000;
const ENDS = ["download-finished", "download-failed", "download-peers-gone"] as const;

/** One measured download. */
export interface Fetched {
  bytes: number;
  /** From the command to the sentinel: what a user waits for. */
  seconds: number;
  /** Bytes of finished chunks that were there already. */
  repeated_bytes: number;
  target_peak_bytes: number | undefined;
  /** The highest peak of a source. */
  source_peak_bytes: number | undefined;
  /** Processor time of the target and of all sources meanwhile, in seconds; `undefined` where the system does not tell. */
  cpu_s: number | undefined;
}

/** What runs beside a download; `arrived` waits until this share of the game has come. */
export type Meanwhile = (arrived: (share: number) => Promise<void>) => Promise<void>;

/** Downloads a game that all of `sources` hold, and nobody else. */
export async function fetchGame(
  game_id: string,
  { target, sources, meanwhile }: {
    target: PeerProcess;
    sources: readonly PeerProcess[];
    meanwhile?: Meanwhile;
  },
): Promise<Fetched> {
  await target.sources(game_id, sources.length);
  const pids = [target, ...sources].map(({ pid }) => pid);
  for (const pid of pids) forgetPeak(pid);
  const cpu_before_s = sum(pids.map(cpuSeconds));
  const from = target.lines.length;
  const started_ms = performance.now();
  await target.ok("download", { game_id, install: false });
  await meanwhile?.(async (share) => {
    const isFar = (at: { done_bytes: number; total_bytes: number }) =>
      at.done_bytes >= share * at.total_bytes;
    await target.event("download-progress", isFar, { from, ms: DOWNLOAD_MS });
  });
  const isEnd = (event: { game_id: string }) => event.game_id === game_id;
  const options = { from, ms: DOWNLOAD_MS };
  const end = await target.anyEvent(ENDS, isEnd, options);
  if (end.event !== "download-finished") throw new Error(`${game_id}: ${JSON.stringify(end)}`);
  const seconds = (performance.now() - started_ms) / 1_000;
  const cpu_after_s = sum(pids.map(cpuSeconds));
  const chunks = target.eventsOf("download-chunk-finished", from);
  return {
    bytes: end.bytes,
    seconds,
    repeated_bytes: chunks.reduce((sum, { length }) => sum + length, -end.bytes),
    target_peak_bytes: peakBytes(target.pid),
    source_peak_bytes: largest(sources.map(({ pid }) => peakBytes(pid))),
    cpu_s: sum([cpu_after_s, cpu_before_s && -cpu_before_s]),
  };
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((all, value) => all === undefined || value === undefined ? undefined : all + value, 0);
}

/** Removes a downloaded game, so that the next download makes new files. */
export async function removeGame(target: PeerProcess, game_id: string): Promise<void> {
  await target.ok("remove-downloaded", { game_id });
  await until("the game is removed", async () => !(await target.game(game_id))?.downloaded);
}
