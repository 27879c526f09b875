/**
 * The machines of a soak, in network namespaces behind a switch or all on loopback, with their games and canaries.
 * Disposing it ends every process and removes every namespace, mount and folder.
 *
 * @module
 */

import { atInterrupt } from "../bench/interrupt.ts";
import { MIB } from "../support/games.ts";
import { Lan } from "../support/lan.ts";
import { SmallDisk, whyNoMounts } from "../support/mounts.ts";
import { Swarm } from "../support/swarm.ts";
import { placeVersion } from "./by_hand.ts";
import { Canary } from "./canary.ts";
import { GAME_COUNT, GAME_IDS, Truth } from "./games.ts";
import { holdsAtFirst, SMALL_PEERS } from "./plan.ts";
import { SoakPeer } from "./soak_peer.ts";

/** Room for all games in one version with their installs, not for two of the large ones more. */
const SMALL_DISK_BYTES = 260 * MIB;
const LOOPBACK = { wrapper: [], address: "127.0.0.1" };

/** What a soak runs on. */
export interface PartyOptions {
  readonly lab: "namespaces" | "loopback";
  readonly peers: number;
}

/** All machines. */
export class Party implements AsyncDisposable {
  /** Games of which a copy was damaged on purpose. */
  readonly damaged = new Set<string>();
  /** The game of which a damaged copy is being tried: nobody may be killed or cut off. */
  trying: number | undefined;
  /** Copies that came wrong and said that they were not verified. */
  unverified = 0;
  /** Everything that must not be, each once. */
  readonly problems = new Set<string>();
  /** Hears of each. */
  onProblem: (problem: string) => void = () => {};
  readonly #stack: AsyncDisposableStack;

  private constructor(
    readonly swarm: Swarm,
    readonly truth: Truth,
    readonly peers: readonly SoakPeer[],
    stack: AsyncDisposableStack,
  ) {
    this.#stack = stack;
  }

  /** Makes the machines and starts their peers. */
  static async gather({ lab, peers: count }: PartyOptions): Promise<Party> {
    await using stack = new AsyncDisposableStack();
    const lan = lab === "namespaces" ? stack.use(atInterrupt(await Lan.lay(count))) : undefined;
    const swarm = stack.use(atInterrupt(await Swarm.make()));
    const has_mounts = await whyNoMounts() === undefined;
    const truth = new Truth(await swarm.dir.mkdir("originals"));
    const peers: SoakPeer[] = [];
    for (let n = 0; n < count; n++) {
      const game_dir = swarm.gameDir(`p${n}`);
      const is_small = has_mounts && n >= count - SMALL_PEERS;
      const disk = is_small
        ? stack.use(atInterrupt(await SmallDisk.mount(game_dir, SMALL_DISK_BYTES)))
        : undefined;
      const canary = await Canary.plant(swarm.dir.join(`p${n}`), GAME_IDS);
      const peer = new SoakPeer(swarm, { name: `p${n}`, host: lan?.host(n) ?? LOOPBACK, disk, canary });
      await placeGames(truth, peer, n);
      peers.push(peer);
    }
    await Promise.all(peers.map((peer) => peer.start()));
    return new Party(swarm, truth, peers, stack.move());
  }

  /** Notes what must not be. */
  problem(problem: string): void {
    if (this.problems.has(problem)) return;
    this.problems.add(problem);
    this.onProblem(problem);
  }

  peer(n: number): SoakPeer {
    const peer = this.peers[n];
    if (!peer) throw new RangeError(`there is no peer ${n}`);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.kill()));
    await this.#stack.disposeAsync();
  }
}

async function placeGames(truth: Truth, peer: SoakPeer, n: number): Promise<void> {
  for (let game = 0; game < GAME_COUNT; game++) {
    await truth.make(game, 1);
    if (holdsAtFirst(n, game)) await placeVersion(truth.root(game, 1), peer.root(game));
  }
}
