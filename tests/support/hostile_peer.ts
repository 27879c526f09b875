/**
 * A peer that misbehaves as it is told: it speaks the real wire over real QUIC, inside the test's process, with a
 * true identity in the party, and answers whatever the test wants.
 *
 * Goals: whatever bytes on any stream, whatever answer to any request. Non-goals: discovery; it dials the peer under
 * test, and from then on both sides ask each other over this connection.
 *
 * ```ts ignore
 * await using mallory = await HostilePeer.start({ party, answers: { get_game: () => ({ type: "nonsense" }) } });
 * await mallory.greet(alice.addr);
 * const answer = await mallory.ask({ type: "get_game", game_id: "../x" });
 * ```
 *
 * @module
 */

import { readFrame } from "../../src/peer/exchange.ts";
import { openDenoQuic } from "../../src/peer/transport/deno_quic.ts";
import type { Identity } from "../../src/peer/transport/identity.ts";
import { type PartySecrets, proveMembership } from "../../src/peer/transport/party.ts";
import type { ByteStream, Connection, Transport } from "../../src/peer/transport/port.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import { digestJson } from "../../src/proto/digest.ts";
import { joinAddress, type SocketAddress } from "../../src/proto/ids.ts";
import { MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { within } from "./deadline.ts";
import { TEST_ADDRESS } from "./lab.ts";
import { newIdentity } from "./parties.ts";

/** An answer: a value to be framed, bytes sent as they are, or a value with what follows its frame. */
export type HostileAnswer = object | Uint8Array<ArrayBuffer> | {
  frame: object;
  body: Uint8Array<ArrayBuffer>;
};

/** Any message; nothing about it needs to be valid. */
export type WireValue = Record<string, unknown> & { type?: unknown };

/** How the peer behaves. */
export interface HostileOptions {
  party: string;
  /** What it says of its games, never checked; the library revision is 1. */
  games?: readonly object[];
  /** Answers by the request's type; what is missing is answered `ok`. */
  answers?: Record<string, (request: WireValue) => HostileAnswer>;
  /** Somebody else's identity. */
  identity?: Identity & { secrets: PartySecrets };
}

/** A frame around any bytes; `length` is what it claims. */
export function frame(body: Uint8Array, length = body.length): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(body, 4);
  return bytes;
}

/** A frame around any text. */
export function frameOf(text: string): Uint8Array<ArrayBuffer> {
  return frame(new TextEncoder().encode(text));
}

/** A game summary that claims to be downloadable. */
export function readyGame(id: string, version: string, size: number) {
  const manifest_hash = "0".repeat(64);
  return {
    ...{ id, name: id, version, size, downloaded: true, installed: false },
    ...{ manifest_hash, availability: "ready" },
  };
}

/** The answer to `get_game` with these files, its hash made by the rules, whatever the files are. */
export function gameDetails(game_id: string, version: string, files: { path: string; size: number }[]) {
  const sorted = files.toSorted((a, b) => a.path < b.path ? -1 : 1);
  const manifest_hash = digestJson([game_id, version, sorted.map(({ path, size }) => [path, size])]);
  return { type: "game_details", game_id, version, manifest_hash, files: sorted };
}

/** One hostile peer. */
export class HostilePeer implements AsyncDisposable {
  readonly peer_id: string;
  /** What the peer under test asked, in order. */
  readonly requests: WireValue[] = [];
  #connection: Connection | undefined;
  readonly #serving: Promise<void>[] = [];

  private constructor(
    readonly options: HostileOptions,
    readonly identity: Identity & { secrets: PartySecrets },
    readonly transport: Transport,
  ) {
    this.peer_id = identity.peer_id;
  }

  static async start(options: HostileOptions): Promise<HostilePeer> {
    const identity = options.identity ?? await newIdentity(options.party);
    const transport = await openDenoQuic({ hostname: TEST_ADDRESS, port: 0, identity });
    const peer = new HostilePeer(options, identity, transport);
    peer.#serving.push(peer.#acceptAll());
    return peer;
  }

  get addr(): SocketAddress {
    return joinAddress(TEST_ADDRESS, this.transport.port);
  }

  /** Opens a connection without a word. Throws `handshake_failed` where the other side is of another party. */
  async dial(addr: string): Promise<void> {
    const signal = new AbortController().signal;
    this.#connection?.close();
    const connection = await within(
      "dialling",
      this.transport.connect({ addr: addr as SocketAddress }, signal),
    );
    this.#connection = connection;
    this.#serving.push(this.#serve(connection));
  }

  /** Dials and says a true hello; gives the answer. */
  async greet(addr: string): Promise<WireValue> {
    await this.dial(addr);
    return await this.ask(this.introduction("hello"));
  }

  /** A valid `hello` or `hello_ack`; `lies` replace fields. */
  introduction(role: "hello" | "hello_ack", lies: WireValue = {}): WireValue & object {
    const { peer_id, secrets } = this.identity;
    return {
      ...{ type: role, peer_id, name: "mallory", proto_ver: 1, listen_addr: this.addr, library_rev: 1 },
      ...{ library_digest: digestJson(this.options.games ?? []), features: [] },
      proof: proveMembership(secrets, { role, peer_id, listen_addr: this.addr }),
      ...lies,
    };
  }

  /** Asks anything on a stream of its own and gives the answer's frame, unchecked. */
  async ask(request: WireValue): Promise<WireValue> {
    return await this.askBytes(encodeFrame(request, MAX_ANSWER_BYTES));
  }

  /** Sends bytes on a stream of its own, then ends its side unless told not to. Gives the answer's frame. */
  async askBytes(bytes: Uint8Array<ArrayBuffer>, { finish = true } = {}): Promise<WireValue> {
    const stream = await this.openStream();
    try {
      // The other side may have seen enough before it took everything; its answer counts.
      await stream.write(bytes).then(() => finish ? stream.finish() : undefined).catch(() => {});
      return await within("an answer", readFrame(stream, MAX_ANSWER_BYTES)) as WireValue;
    } finally {
      stream.reset();
    }
  }

  /** A bare stream to the peer under test. */
  async openStream(): Promise<ByteStream> {
    if (!this.#connection) throw new Error("dial() first");
    return await within("a stream", this.#connection.openStream(new AbortController().signal));
  }

  async #acceptAll(): Promise<void> {
    for await (const connection of this.transport.incoming) {
      this.#connection ??= connection;
      this.#serving.push(this.#serve(connection));
    }
  }

  async #serve(connection: Connection): Promise<void> {
    const answering: Promise<void>[] = [];
    for await (const stream of connection.incoming) {
      // A stream that breaks is what many of these tests are about.
      answering.push(this.#answer(stream).catch(() => {}));
    }
    await Promise.all(answering);
  }

  async #answer(stream: ByteStream): Promise<void> {
    const request = await readFrame(stream, MAX_ANSWER_BYTES) as WireValue;
    this.requests.push(request);
    const answer = this.#answerTo(request);
    if ("hangs" in answer) return await send(stream, answer);
    try {
      await send(stream, answer);
      await stream.finish();
    } finally {
      // An abandoned stream would count against those that the other side may open.
      stream.reset();
    }
  }

  #answerTo(request: WireValue): HostileAnswer {
    const { games = [], answers = {} } = this.options;
    const told = answers[String(request.type)]?.(request);
    if (told) return told;
    if (request.type === "get_library") return { type: "library_snapshot", library_rev: 1, games };
    if (request.type === "hello") return this.introduction("hello_ack");
    if (request.type === "ping") return { type: "pong" };
    return { type: "ok" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection?.close();
    await this.transport[Symbol.asyncDispose]();
    for (const serving of this.#serving) await serving;
  }
}

async function send(stream: ByteStream, answer: HostileAnswer): Promise<void> {
  if (answer instanceof Uint8Array) return await stream.write(answer);
  const { frame, body } = "frame" in answer ? answer : { frame: answer, body: new Uint8Array(0) };
  await stream.write(encodeFrame(frame, MAX_ANSWER_BYTES));
  if (body.length > 0) await stream.write(body);
}
