/**
 * Peers inside one process that talk over the memory network: sessions, handshake and server as they are, the rest of
 * the peer replaced by a notebook.
 *
 * ```ts ignore
 * await using peers = new MemoryPeers();
 * const [alice, bob] = await peers.pair();
 * await alice.sessions.connect({ addr: bob.addr }, never);
 * ```
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import type { Acquaintance, Self } from "../../src/peer/handshake.ts";
import type { LibraryPush, RequestHandlers } from "../../src/peer/server.ts";
import { Sessions } from "../../src/peer/sessions.ts";
import { MemoryNetwork } from "../../src/peer/transport/memory.ts";
import { type PartySecrets, partySecrets } from "../../src/peer/transport/party.ts";
import type { ByteStream, Connection, Transport } from "../../src/peer/transport/port.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import { joinAddress, type PeerId, type SocketAddress } from "../../src/proto/ids.ts";
import { libraryDigest } from "../../src/proto/library.ts";
import { MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { newPeerId } from "./parties.ts";

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** What a peer answers instead of the usual nothing. */
export type Handlers = Partial<Omit<RequestHandlers, "hello">>;

/** One peer and what it was told. */
export interface MemoryPeer {
  readonly self: Self;
  readonly peer_id: PeerId;
  readonly addr: SocketAddress;
  readonly transport: Transport;
  readonly sessions: Sessions;
  readonly scope: Scope;
  readonly acquainted: Acquaintance[];
  readonly introduced_again: Acquaintance[];
  readonly disconnected: PeerId[];
  readonly goodbyes: PeerId[];
  readonly pushes: { from: PeerId; push: LibraryPush }[];
  /** Where the others listen, as this peer knows it. */
  readonly book: Map<PeerId, SocketAddress>;
}

/** How a peer differs from the usual one. */
export interface MemoryPeerOptions {
  handlers?: Handlers;
  secrets?: PartySecrets;
  peer_id?: PeerId;
  /** What stands between the peer and its network. */
  wrap?: (transport: Transport) => Transport;
}

/** A memory network with peers on it; disposing it stops them all. */
export class MemoryPeers implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly #peers: MemoryPeer[] = [];

  /** Two usual peers. */
  async pair(): Promise<[MemoryPeer, MemoryPeer]> {
    return await Promise.all([this.add(), this.add()]);
  }

  /** A transport of the same party, without a peer behind it. */
  async openTransport(peer_id = newPeerId()): Promise<Transport> {
    const identity = { party_id: "party", peer_id, ca_cert: "one authority", cert: "", key: "" };
    return await this.network.open({ hostname: "127.0.0.1", port: 0, identity });
  }

  /** A peer that serves from now on. */
  async add(options: MemoryPeerOptions = {}): Promise<MemoryPeer> {
    const peer_id = options.peer_id ?? newPeerId();
    const secrets = options.secrets ?? await partySecrets("");
    const bare = await this.openTransport(peer_id);
    const transport = options.wrap?.(bare) ?? bare;
    const addr = joinAddress("127.0.0.1", transport.port);
    const library = { library_rev: 1, library_digest: libraryDigest([]) };
    const name = peer_id.slice(0, 8);
    const self: Self = { peer_id, name, secrets, library: () => library, listenAddress: () => addr };
    const notes = {
      acquainted: [],
      introduced_again: [],
      disconnected: [],
      goodbyes: [],
      pushes: [],
      book: new Map(),
    };
    const scope = new Scope({ onError: () => {} });
    const peer: MemoryPeer = {
      self,
      peer_id,
      addr,
      transport,
      scope,
      ...notes,
      sessions: undefined as never,
    };
    const sessions = makeSessions(peer, options.handlers ?? {});
    Object.assign(peer, { sessions });
    scope.spawn("server", () => sessions.acceptAll());
    this.#peers.push(peer);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) {
      peer.scope.abort();
      await peer.transport[Symbol.asyncDispose]();
      await peer.scope[Symbol.asyncDispose]();
    }
  }
}

function makeSessions(peer: MemoryPeer, handlers: Handlers): Sessions {
  return new Sessions({
    transport: peer.transport,
    self: peer.self,
    scope: peer.scope,
    clock: SYSTEM_CLOCK,
    handlers: {
      heard: () => {},
      goodbye: (id) => void peer.goodbyes.push(id),
      libraryPush: (from, push) => void peer.pushes.push({ from, push }),
      getLibrary: () => ({ type: "library_snapshot", library_rev: 1, games: [] }),
      getGame: ({ game_id }) => {
        throw new LanspreadError("game_not_found", `${game_id} is not here`);
      },
      getHashes: () => Promise.reject(new LanspreadError("game_not_found", "no hashes here")),
      getChunk: () => Promise.reject(new LanspreadError("game_not_found", "no chunks here")),
      streamInstall: () => Promise.reject(new LanspreadError("game_not_found", "no streams here")),
      ...handlers,
    },
    onAcquainted: (acquaintance) => {
      peer.acquainted.push(acquaintance);
      peer.book.set(acquaintance.peer_id, acquaintance.addr);
    },
    onIntroducedAgain: (acquaintance) => void peer.introduced_again.push(acquaintance),
    onDisconnected: (id) => void peer.disconnected.push(id),
    addressOf: (id) => peer.book.get(id),
  });
}

/** A memory connection to a listener that answers each stream by `serve`; disposing it closes both ends. */
export async function connectTo(
  serve: (stream: ByteStream, connection: Connection) => Promise<void>,
): Promise<{ connection: Connection; far: Connection } & AsyncDisposable> {
  const peers = new MemoryPeers();
  const [here, there] = await Promise.all([peers.openTransport(), peers.openTransport()]);
  const target = { addr: joinAddress("127.0.0.1", there.port) };
  const connection = await here.connect(target, never);
  const far = (await there.incoming[Symbol.asyncIterator]().next()).value as Connection;
  const serving = (async () => {
    const streams: Promise<void>[] = [];
    for await (const stream of far.incoming) streams.push(serve(stream, far).catch(() => {}));
    await Promise.all(streams);
  })();
  return {
    connection,
    far,
    async [Symbol.asyncDispose]() {
      await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()]);
      await serving;
    },
  };
}

/** Sends bytes as they are on a stream of their own, and gives the answer's JSON. */
export async function sendRaw(connection: Connection, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const stream = await connection.openStream(never);
  await stream.write(bytes);
  await stream.finish();
  const answer = await readFrame(stream, MAX_ANSWER_BYTES);
  stream.reset();
  return answer;
}

/** Any value as a frame. */
export function frame(value: unknown): Uint8Array<ArrayBuffer> {
  return encodeFrame(value, MAX_ANSWER_BYTES);
}

/** A connection that counts the streams that were not given up yet, whoever opened them. */
export class CountingConnection implements Connection {
  open_streams = 0;
  /** How many streams there were. */
  total = 0;

  constructor(readonly inner: Connection) {}

  get remote_addr(): SocketAddress {
    return this.inner.remote_addr;
  }

  get closed(): Promise<void> {
    return this.inner.closed;
  }

  async openStream(signal: AbortSignal): Promise<ByteStream> {
    return this.#count(await this.inner.openStream(signal));
  }

  get incoming(): AsyncIterable<ByteStream> {
    return this.#incoming();
  }

  async *#incoming(): AsyncGenerator<ByteStream> {
    for await (const stream of this.inner.incoming) yield this.#count(stream);
  }

  #count(stream: ByteStream): ByteStream {
    let is_open = true;
    this.open_streams++;
    this.total++;
    return {
      setPriority: (priority) => stream.setPriority(priority),
      read: (buffer) => stream.read(buffer),
      write: (bytes) => stream.write(bytes),
      finish: () => stream.finish(),
      reset: () => {
        if (is_open) this.open_streams--;
        is_open = false;
        stream.reset();
      },
    };
  }

  close(): void {
    this.inner.close();
  }
}
