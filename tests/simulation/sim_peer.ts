/**
 * A simulated machine: the real `PeerNetwork` and `AnnouncedLibrary` on a simulated transport. What a real one keeps on
 * disk, its id, its games and the revision of its library, outlives a restart.
 *
 * @module
 */

import { Scope } from "../../src/base/scope.ts";
import { AnnouncedLibrary } from "../../src/peer/announced_library.ts";
import type { SeenPeer } from "../../src/peer/discovery/port.ts";
import type { PeerEvent } from "../../src/peer/events.ts";
import { PeerNetwork } from "../../src/peer/network.ts";
import type { Transport } from "../../src/peer/transport/port.ts";
import type { PartySecrets } from "../../src/peer/transport/party.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { type GameId, joinAddress, PeerId, type Sha256, type SocketAddress } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";
import { PROTOCOL_VERSION } from "../../src/proto/limits.ts";
import { settled } from "./sim_clock.ts";
import type { SimNetwork } from "./sim_network.ts";
import { SimTransport } from "./sim_transport.ts";

/** How long a leaving peer waits for the answers to its goodbye. */
const GOODBYE_MS = 1_000;
const FIRST_PORT = 40_000;
/** Room for 300 peers that move some times each. */
const PORTS_EACH = 80;

/** What a peer reports to the simulation. */
export interface SimPeerPorts {
  network: SimNetwork;
  secrets: PartySecrets;
  emit(peer: SimPeer, event: PeerEvent): void;
  onChange(peer: SimPeer): void;
  onProblem(text: string): void;
}

interface Running {
  readonly scope: Scope;
  readonly transport: Transport;
  readonly library: AnnouncedLibrary;
  readonly network: PeerNetwork;
}

/** One machine of the party. */
export class SimPeer {
  readonly peer_id: PeerId;
  readonly host: string;
  /** What lies on its disk. */
  readonly disk = new Map<GameId, GameSummary>();
  /** The digest of its library under each revision that it ever had. */
  readonly history = new Map<number, Sha256>();
  readonly #ports: SimPeerPorts;
  #stored = { rev: 0, digest: "" };
  #port: number;
  #running: Running | undefined;
  /** What its discovery shows; empty after a restart. */
  readonly seen = new Map<PeerId, SeenPeer>();

  constructor(ports: SimPeerPorts, index: number) {
    this.#ports = ports;
    this.host = `p${index}`;
    this.#port = FIRST_PORT + index * PORTS_EACH;
    this.peer_id = PeerId.parse(`00000000-0000-4000-8000-${String(index).padStart(12, "0")}`);
  }

  get addr(): SocketAddress {
    return joinAddress("127.0.0.1", this.#port);
  }

  get is_running(): boolean {
    return this.#running !== undefined;
  }

  /** Throws where it does not run. */
  get running(): Running {
    if (!this.#running) throw new RangeError(`${this.host} does not run`);
    return this.#running;
  }

  get network(): PeerNetwork {
    return this.running.network;
  }

  get library(): AnnouncedLibrary {
    return this.running.library;
  }

  /** What it announces. */
  record(library_rev = this.library.rev): SeenPeer {
    return {
      peer_id: this.peer_id,
      name: this.host,
      proto_ver: PROTOCOL_VERSION,
      library_rev,
      addr: this.addr,
    };
  }

  /** Starts with the games on its disk. */
  async start(at_new_port = false): Promise<void> {
    const { network: wires, emit, onChange, onProblem } = this.#ports;
    if (at_new_port) this.#port++;
    const { clock } = wires;
    const transport = await SimTransport.open(wires, this.host, this.peer_id, this.#port);
    const library = new AnnouncedLibrary((digest) => this.#revisionOf(digest));
    const scope = new Scope({
      onError: (error, task) => onProblem(`${this.host}: ${task} failed: ${error}`),
    });
    library.update([...this.disk.values()]);
    const network = new PeerNetwork({
      peer_id: this.peer_id,
      name: this.host,
      secrets: this.#ports.secrets,
      transport,
      addresses: {
        towards: () => this.addr,
        preferred: this.addr,
        has: (addr) => addr === this.addr,
      },
      clock,
      scope,
      library,
      games: {
        getLibrary: ({ since_rev }) => library.since(since_rev),
        getGame: ({ game_id }) => {
          throw new LanspreadError("game_not_found", `${game_id} is not here`);
        },
        getHashes: () => Promise.reject(new LanspreadError("game_not_found", "no hashes here")),
        getChunk: () => Promise.reject(new LanspreadError("game_not_found", "no chunks here")),
        streamInstall: () => Promise.reject(new LanspreadError("game_not_found", "no streams here")),
      },
      emit: (event) => emit(this, event),
      onChange: () => onChange(this),
    });
    this.seen.clear();
    this.#running = { scope, transport, library, network };
    scope.spawn("server", () => network.sessions.acceptAll());
    scope.spawn("liveness", (signal) => network.watchLiveness(signal));
  }

  /** Tells what lies on the disk now; whether that is news. */
  announce(): boolean {
    if (!this.library.update([...this.disk.values()])) return false;
    this.network.libraryChanged();
    return true;
  }

  /** Its power fails. */
  async crash(): Promise<void> {
    this.#ports.network.silence(this.host);
    await this.#stop();
  }

  /** It says goodbye and stops. */
  async leave(): Promise<void> {
    const { clock } = this.#ports.network;
    const over = new AbortController();
    let has_left = false;
    const leaving = this.network.leave(over.signal).finally(() => has_left = true);
    for (let waited_ms = 0; waited_ms < GOODBYE_MS; waited_ms += 100) {
      await settled();
      if (has_left) break;
      await clock.advance(100);
    }
    over.abort();
    await leaving;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const { scope, transport } = this.running;
    scope.abort();
    await transport[Symbol.asyncDispose]();
    for (let turn = 0; turn < 5 && scope.size > 0; turn++) await settled();
    if (scope.size > 0) this.#ports.onProblem(`${this.host}: ${scope.size} tasks go on after it stopped`);
    this.#running = undefined;
  }

  /** As the library's database does. */
  #revisionOf(digest: Sha256): number {
    if (this.#stored.digest !== digest) this.#stored = { rev: this.#stored.rev + 1, digest };
    this.history.set(this.#stored.rev, digest);
    return this.#stored.rev;
  }
}
