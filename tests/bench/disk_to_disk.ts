/**
 * One download through everything: two real peers, a game on the disk of one, then on the disk of the other.
 *
 * @module
 */

import { Swarm } from "../support/swarm.ts";

const GAME = "bench";
const BLOCK_BYTES = 4 * 1024 * 1024;

/** What one download took. */
export interface DownloadFigures {
  bytes_per_s: number;
  /** Peak resident memory in bytes; `undefined` where the system does not tell. */
  source_peak_bytes: number | undefined;
  target_peak_bytes: number | undefined;
}

/** Downloads one game of `bytes` from `source_count` sources. */
export async function measureDownload(bytes: number, source_count = 1): Promise<DownloadFigures> {
  await using swarm = await Swarm.make();
  const names = Array.from({ length: source_count }, (_, i) => `source ${i + 1}`);
  for (const name of names) await writeGame(`${swarm.gameDir(name)}/${GAME}`, bytes);
  const sources = [];
  for (const name of names) sources.push(await swarm.start(name, { args: ["--log", "warning"] }));
  const target = await swarm.start("target", { args: ["--log", "warning"] });
  await target.sources(GAME, source_count);
  await target.ok("download", { game_id: GAME, install: false });
  const end = await target.anyEvent(["download-finished", "download-failed"], () => true, { ms: 300_000 });
  if (end.event === "download-failed") throw new Error(end.message);
  return {
    bytes_per_s: end.bytes / end.seconds,
    source_peak_bytes: peakBytes(sources[0]?.pid),
    target_peak_bytes: peakBytes(target.pid),
  };
}

async function writeGame(root: string, bytes: number): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  using file = await Deno.open(`${root}/data.bin`, { write: true, create: true });
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  const blocks = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at += block.length) blocks.set(block, at);
  for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
    const part = blocks.subarray(0, Math.min(BLOCK_BYTES, left));
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
  await file.sync();
  await Deno.writeTextFile(`${root}/version.ini`, "1.0\n");
}

function peakBytes(pid: number | undefined): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
