/**
 * Two connections of the `matrixai` engine in memory: the test moves each datagram, and so decides which get lost.
 *
 * @module
 */

import { Configs, LAN_DATAGRAM_BYTES } from "../../src/peer/transport/matrixai/config.ts";
import { newCid } from "../../src/peer/transport/matrixai/cid.ts";
import { type ConnectionOwner, MatrixaiConnection } from "../../src/peer/transport/matrixai/connection.ts";
import { loadQuiche } from "../../src/peer/transport/matrixai/native.ts";
import type { HostPort, NativeConnection } from "../../src/peer/transport/matrixai/quiche.d.ts";
import { until } from "./deadline.ts";
import { newIdentity } from "./parties.ts";

const NEAR: HostPort = { host: "127.0.0.1", port: 1 };
const FAR: HostPort = { host: "127.0.0.1", port: 2 };
const owner: ConnectionOwner = { mark: () => {}, onEstablished: () => {}, onGone: () => {} };

/** A connected pair; nothing moves by itself. */
export class QuichePair implements Disposable {
  private constructor(readonly near: MatrixaiConnection, readonly far: MatrixaiConnection) {}

  static async open(): Promise<QuichePair> {
    const quiche = await loadQuiche();
    const configs = new Configs(quiche, await newIdentity());
    const bytes = LAN_DATAGRAM_BYTES;
    const dialled = quiche.Connection.connect("peer.lanspread", newCid(), NEAR, FAR, configs.dialling(bytes));
    // Without a Retry the listening side has no other id to tell of.
    const accepted = quiche.Connection.accept(newCid(), null, FAR, NEAR, configs.accepting(bytes));
    const pair = new QuichePair(connection(dialled, NEAR, FAR), connection(accepted, FAR, NEAR));
    await until("connected", () => {
      pair.exchange();
      return !pair.near.is_pending && !pair.far.is_pending;
    });
    return pair;
  }

  /** What this end sends now. */
  outgoing(end: MatrixaiConnection): Uint8Array[] {
    end.service();
    const datagrams: Uint8Array[] = [];
    for (let next = nextOf(end); next; next = nextOf(end)) datagrams.push(next);
    end.sent(datagrams.length);
    return datagrams;
  }

  /** Brings datagrams to an end. */
  deliver(datagrams: Uint8Array[], to: MatrixaiConnection): void {
    const { host, port } = to.remote;
    for (const datagram of datagrams) {
      to.receive(datagram.slice(), { transport: "udp", hostname: host, port });
    }
    to.service();
  }

  /** Loses nothing, until both are silent. */
  exchange(): void {
    for (let moved = true; moved;) {
      const [there, back] = [this.outgoing(this.near), this.outgoing(this.far)];
      this.deliver(there, this.far);
      this.deliver(back, this.near);
      moved = there.length + back.length > 0;
    }
  }

  [Symbol.dispose](): void {
    this.near.abandon();
    this.far.abandon();
  }
}

function connection(native: NativeConnection, local: HostPort, remote: HostPort): MatrixaiConnection {
  const is_dialled = local === NEAR;
  return new MatrixaiConnection({
    native,
    local,
    remote,
    datagram_bytes: LAN_DATAGRAM_BYTES,
    is_dialled,
    owner,
  });
}

function nextOf({ native }: MatrixaiConnection): Uint8Array | undefined {
  const slot = new Uint8Array(LAN_DATAGRAM_BYTES);
  const length = native.send(slot)?.[0] ?? 0;
  return length > 0 ? slot.subarray(0, length) : undefined;
}
