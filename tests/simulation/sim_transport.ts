/**
 * A simulated machine's transport: dials through the simulated network, and takes what others dial.
 *
 * @module
 */

import { AsyncQueue } from "../../src/base/async_queue.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import {
  type Connection,
  type DialTarget,
  IDLE_TIMEOUT_MS,
  type Transport,
} from "../../src/peer/transport/port.ts";
import type { PeerId, SocketAddress } from "../../src/proto/ids.ts";
import { joinAddress } from "../../src/proto/ids.ts";
import { SimConnection } from "./sim_connection.ts";
import type { SimNetwork } from "./sim_network.ts";

const POLL_MS = 500;

/** One listener. */
export class SimTransport implements Transport {
  readonly engine = "simulation";
  readonly incoming = new AsyncQueue<Connection>();

  private constructor(
    readonly network: SimNetwork,
    readonly host: string,
    readonly inner: Transport,
  ) {
    network.nameHost(joinAddress("127.0.0.1", inner.port), host);
    network.scope.spawn("accept", () => this.#acceptAll());
  }

  /** Binds a port of a host. */
  static async open(network: SimNetwork, host: string, peer_id: PeerId, port: number): Promise<SimTransport> {
    const identity = { party_id: "party", peer_id, ca_cert: "one authority", cert: "", key: "" };
    const inner = await network.memory.open({ hostname: "127.0.0.1", port, identity });
    return new SimTransport(network, host, inner);
  }

  get port(): number {
    return this.inner.port;
  }

  async connect(target: DialTarget, signal: AbortSignal): Promise<Connection> {
    const other = this.network.hostOf(target.addr);
    this.network.note("dial", this.host, other);
    await this.#reach(target.addr, other, signal);
    return new SimConnection(this.network, this.host, other, await this.inner.connect(target, signal));
  }

  /** Waits until somebody answers; gives up like QUIC does. */
  async #reach(addr: SocketAddress, other: string, signal: AbortSignal): Promise<void> {
    const { network, host } = this;
    const is_lost = network.random.chance(network.weather.undialled);
    const isThere = () => !is_lost && network.memory.find(addr) && network.isUp(host, other);
    for (let waited_ms = 0; !isThere(); waited_ms += POLL_MS) {
      if (waited_ms >= IDLE_TIMEOUT_MS) throw new LanspreadError("handshake_failed", `Nobody at ${addr}`);
      await network.clock.sleep(POLL_MS, signal);
    }
  }

  async #acceptAll(): Promise<void> {
    for await (const inner of this.inner.incoming) {
      const other = this.network.hostOf(inner.remote_addr);
      this.incoming.push(new SimConnection(this.network, this.host, other, inner));
    }
    this.incoming.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.network.endsOf(this.host)) end.close();
    await this.inner[Symbol.asyncDispose]();
  }
}
