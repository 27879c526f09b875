/**
 * One download through everything: two real peers, a game on the disk of one, then on the disk of the other.
 *
 * @module
 */

import { Swarm } from "../support/swarm.ts";
import { type BareFigures, type BareFiles, measureBareEngine } from "./bare_engine.ts";
import { fetchGame } from "./fetched.ts";
import { largest } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";
import { measureCurl } from "./nginx.ts";

const GAME = "bench";
const BLOCK_BYTES = 4 * 1024 * 1024;
const GIB = 1024 ** 3;
const QUIET = { args: ["--log", "warning"] };

/** What one round gives; rates in bytes a second. */
export interface RoundFigures {
  /** The bare engine, memory to nowhere. */
  bare: number;
  /** The bare engine with the plainest loop from file to new file. */
  bare_new_file: number;
  /** `curl` from `nginx` to a new file; `undefined` where one of them is missing. */
  curl_new_file: number | undefined;
  /** A download into a folder that does not exist yet. */
  new_file: number;
  /** The same download again over its own files, as after a try that failed: the system has their pages already. */
  same_file: number;
  /** Processor time of both ends for a GiB, in seconds; `undefined` where the system does not tell. */
  cpu_s_per_gib: Record<"bare" | "bare_new_file" | "new_file" | "same_file", number | undefined>;
  /** Peak resident memory in bytes; `undefined` where the system does not tell. */
  source_peak_bytes: number | undefined;
  target_peak_bytes: number | undefined;
}

/** Measures everything once, with a game of `bytes`. */
export async function measureRound(bytes: number): Promise<RoundFigures> {
  await using swarm = atInterrupt(await Swarm.make());
  const root = `${swarm.gameDir("source")}/${GAME}`;
  await writeGame(root, bytes);
  const files = { from: `${root}/data.bin`, to: swarm.dir.join("copy.bin") };
  const bare = await measureBareEngine(bytes);
  const bare_new_file = await measureBareFiles(bytes, files);
  const curl_new_file = await measureCurl(files);
  const source = await swarm.start("source", QUIET);
  const first = await swarm.start("target", QUIET);
  const new_fetched = await fetchGame(GAME, { target: first, sources: [source] });
  await first.stop();
  await Deno.remove(`${swarm.gameDir("target")}/${GAME}/version.ini`);
  const second = await swarm.start("target", QUIET);
  const same_fetched = await fetchGame(GAME, { target: second, sources: [source] });
  const perGib = (cpu_s: number | undefined) => cpu_s && cpu_s / bytes * GIB;
  return {
    bare: bare.bytes_per_s,
    bare_new_file: bare_new_file.bytes_per_s,
    curl_new_file,
    new_file: bytes / new_fetched.seconds,
    same_file: bytes / same_fetched.seconds,
    cpu_s_per_gib: {
      bare: perGib(bare.cpu_s),
      bare_new_file: perGib(bare_new_file.cpu_s),
      new_file: perGib(new_fetched.cpu_s),
      same_file: perGib(same_fetched.cpu_s),
    },
    source_peak_bytes: largest([new_fetched.source_peak_bytes, same_fetched.source_peak_bytes]),
    target_peak_bytes: largest([new_fetched.target_peak_bytes, same_fetched.target_peak_bytes]),
  };
}

async function measureBareFiles(bytes: number, files: BareFiles): Promise<BareFigures> {
  try {
    return await measureBareEngine(bytes, files);
  } finally {
    await Deno.remove(files.to);
  }
}

/** Makes the game at `root` that is downloaded. */
export async function writeGame(root: string, bytes: number): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  using file = await Deno.open(`${root}/data.bin`, { write: true, create: true });
  const random = crypto.getRandomValues(new Uint8Array(65_536));
  const block = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at += random.length) block.set(random, at);
  for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
    const part = block.subarray(0, Math.min(BLOCK_BYTES, left));
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
  await file.sync();
  await Deno.writeTextFile(`${root}/version.ini`, "1.0\n");
}
