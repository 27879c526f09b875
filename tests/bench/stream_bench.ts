/**
 * A streamed install beside a download with its install, of the same game between the same two real peers.
 *
 * @module
 */

import { filesBelow, makeArchiveGame } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { heading, median, MIB, mib, mibOrUntold, rounds, row } from "./figures.ts";
import { forgetPeak, peakBytes } from "./process_figures.ts";

const GAME = "bench";
const QUIET = { args: ["--log", "warning"] };
const END_MS = 300_000;
const LOOK_MS = 20;

/** What one way to an installed game takes. */
interface WayFigures {
  /** From the command to the last event. */
  seconds: number;
  /** The most bytes below the target's game directory. */
  disk_peak_bytes: number;
  source_peak_bytes: number | undefined;
  target_peak_bytes: number | undefined;
}

/** Measures and prints. */
export async function benchStream(
  { round_count, size_mib }: { round_count: number; size_mib: number },
): Promise<void> {
  heading(`stream: ${round_count} rounds of ${size_mib} MiB, stored in one archive, on loopback`);
  const all = await rounds(round_count, async () => ({
    download: await measure("download", size_mib * MIB),
    stream: await measure("stream-install", size_mib * MIB),
  }));
  for (const way of ["download", "stream"] as const) {
    const name = way === "download" ? "download and install" : "streamed install";
    const figures = all.map((round) => round[way]);
    const most = (end: "disk_peak_bytes" | "source_peak_bytes" | "target_peak_bytes") =>
      Math.max(...figures.map((figure) => figure[end] ?? NaN));
    row(`${name}: time`, `${median(figures.map(({ seconds }) => seconds)).toFixed(2)} s`);
    row(`${name}: most on the target's disk`, `${mib(most("disk_peak_bytes"))} MiB`);
    row(`${name}: peak memory of the source`, told(most("source_peak_bytes")));
    row(`${name}: peak memory of the target`, told(most("target_peak_bytes")));
  }
  const times = all.map(({ stream, download }) => stream.seconds / download.seconds);
  row("streamed install / download and install, time", median(times).toFixed(2));
}

function told(bytes: number): string {
  return mibOrUntold(Number.isNaN(bytes) ? undefined : bytes);
}

async function measure(command: "download" | "stream-install", bytes: number): Promise<WayFigures> {
  await using swarm = await Swarm.make();
  const content = { "data/a.pak": Math.floor(bytes / 2), "data/b.pak": Math.ceil(bytes / 2) };
  await makeArchiveGame(swarm.gameDir("source"), GAME, { version: "1.0", content });
  const source = await swarm.start("source", QUIET);
  const target = await swarm.start("target", QUIET);
  await target.sources(GAME, 1);
  for (const { pid } of [source, target]) forgetPeak(pid);
  const started_ms = performance.now();
  await target.ok(command, { game_id: GAME });
  const disk_peak_bytes = await peakOnDisk(swarm.gameDir("target"), installed(target));
  return {
    seconds: (performance.now() - started_ms) / 1_000,
    disk_peak_bytes,
    source_peak_bytes: peakBytes(source.pid),
    target_peak_bytes: peakBytes(target.pid),
  };
}

async function installed(target: PeerProcess): Promise<void> {
  const ends = ["install-finished", "install-failed", "download-failed"] as const;
  const end = await target.anyEvent(ends, () => true, { ms: END_MS });
  if ("message" in end) throw new Error(end.message);
}

/** The most bytes that the files below a folder really take while `job` runs. */
async function peakOnDisk(path: string, job: Promise<void>): Promise<number> {
  let peak_bytes = 0;
  let is_over = false;
  const over = job.finally(() => is_over = true);
  while (!is_over) {
    const paths = await filesBelow(path).catch(() => []);
    const infos = await Promise.all(paths.map((name) => Deno.lstat(`${path}/${name}`).catch(() => null)));
    const used = infos.map((info) => typeof info?.blocks === "number" ? info.blocks * 512 : info?.size ?? 0);
    peak_bytes = Math.max(peak_bytes, used.reduce((sum, size) => sum + size, 0));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await over;
  return peak_bytes;
}
