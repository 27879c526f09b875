/**
 * What a source serves alone, and while it unpacks another game over and over: as fast as the machine can, and over a
 * link of 1 Gbit/s. On few cores the first is a race for the processor; the second is what a party sees. The target
 * keeps what it downloads in memory: its disk would be the one that the source unpacks to.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { makeGame } from "../support/games.ts";
import { Cable, inNamespace, ip, whyNoNamespaces } from "../support/namespaces.ts";
import { print } from "../support/print.ts";
import { type PeerProcess, type StartOptions, Swarm } from "../support/swarm.ts";
import { heading, median, mib, rounds, row } from "./figures.ts";
import { atInterrupt } from "./interrupt.ts";
import { writeLargeArchive } from "./unpack_rounds.ts";

const SERVED = "served";
const UNPACKED = "unpacked";
const QUIET = ["--log", "warning"];
const LONG_MS = 300_000;
const LINK = "tbf rate 1gbit burst 256kb latency 20ms".split(" ");

/** How source and target are started. */
type Ends = readonly [source: StartOptions, target: StartOptions];

/** Measures and prints. */
export async function benchServingMeanwhile(round_count: number, bytes: number): Promise<void> {
  heading(`serving ${mib(bytes)} MiB while a stored archive of ${mib(bytes)} MiB unpacks at the source`);
  await measure(
    `loopback, ${availableParallelism()} cores`,
    [{ args: QUIET }, { args: QUIET }],
    round_count,
    bytes,
  );
  const reason = await whyNoNamespaces();
  if (reason !== undefined) return print(`left out: a link of 1 Gbit/s: ${reason}`);
  await using cable = atInterrupt(await Cable.lay());
  const [a, b] = cable.names;
  try {
    for (const name of cable.names) await shape(name);
  } catch (error) {
    return print(`left out: a link of 1 Gbit/s: ${error}`);
  }
  const ends: Ends = [
    { host: { wrapper: inNamespace(a), address: "10.77.0.1" }, args: QUIET },
    { host: { wrapper: inNamespace(b), address: "10.77.0.2" }, args: QUIET },
  ];
  await measure("link of 1 Gbit/s", ends, round_count, bytes);
}

async function shape(name: string): Promise<void> {
  const tc = ["netns", "exec", name, "tc", "qdisc", "add", "dev", "eth0", "root", ...LINK];
  await ip(...tc);
}

async function measure(what: string, ends: Ends, round_count: number, bytes: number): Promise<void> {
  await using swarm = atInterrupt(await Swarm.make());
  await makeGame(swarm.gameDir("source"), SERVED, { version: "1.0", files: { "data.bin": bytes } });
  const root = await makeGame(swarm.gameDir("source"), UNPACKED, { version: "1.0" });
  await writeLargeArchive(`${root}/${UNPACKED}.eti`, bytes);
  const source = await swarm.start("source", ends[0]);
  await using memory = atInterrupt(await memoryFolder());
  const target = await swarm.start("target", {
    ...ends[1],
    args: [...ends[1].args ?? [], "--game-dir", memory.path],
  });
  await target.sources(SERVED, 1);
  await source.ok("install", { game_id: UNPACKED });
  await source.event("install-finished", () => true, { ms: LONG_MS });
  await downloadRate(target);
  const all = await rounds(round_count, async (i) => {
    const alone = await downloadRate(target);
    await using _ = await UpdateLoop.start(source);
    const meanwhile = await downloadRate(target);
    print(`  round ${i + 1}: ${mib(alone)} alone, ${mib(meanwhile)} MiB/s meanwhile`);
    return { alone, meanwhile };
  });
  const alone = median(all.map((round) => round.alone));
  const meanwhile = median(all.map((round) => round.meanwhile));
  row(`${what}: served alone`, `${mib(alone)} MiB/s`);
  row(`${what}: served while unpacking`, `${mib(meanwhile)} MiB/s`);
  row(`${what}: served while unpacking / alone`, (meanwhile / alone).toFixed(2));
}

const SHARED_MEMORY = "/dev/shm";

/** A folder in memory, where the system has such; otherwise on the disk. */
async function memoryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const there = await Deno.stat(SHARED_MEMORY).then(({ isDirectory }) => isDirectory, () => false);
  if (!there) print(`there is no ${SHARED_MEMORY}: the target shares the source's disk`);
  const path = await Deno.makeTempDir(there ? { dir: SHARED_MEMORY } : {});
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}) };
}

async function downloadRate(target: PeerProcess): Promise<number> {
  const from = target.lines.length;
  await target.ok("download", { game_id: SERVED, install: false });
  const end = await target.anyEvent(["download-finished", "download-failed"], () => true, {
    from,
    ms: LONG_MS,
  });
  if (end.event === "download-failed") throw new Error(end.message);
  await target.ok("remove-downloaded", { game_id: SERVED });
  await target.event("remove-finished", () => true, { from });
  return end.bytes / end.seconds;
}

/** Updates one game again and again until it is disposed. */
class UpdateLoop implements AsyncDisposable {
  #is_over = false;
  readonly #running: Promise<void>;

  private constructor(source: PeerProcess) {
    this.#running = this.#run(source);
  }

  /** Resolves when the first update unpacks. */
  static async start(source: PeerProcess): Promise<UpdateLoop> {
    const from = source.lines.length;
    const loop = new UpdateLoop(source);
    await source.event("install-progress", ({ done_bytes }) => done_bytes > 0, { from });
    return loop;
  }

  async #run(source: PeerProcess): Promise<void> {
    while (!this.#is_over) {
      const from = source.lines.length;
      await source.ok("update", { game_id: UNPACKED });
      const end = await source.anyEvent(["install-finished", "install-failed"], () => true, {
        ...{ from, ms: LONG_MS },
      });
      if (end.event === "install-failed") throw new Error(end.message);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#is_over = true;
    await this.#running;
  }
}
