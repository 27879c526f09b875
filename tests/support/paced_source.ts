/**
 * A source that sends at a pace of its own over real QUIC: one range after another, as a real one does.
 *
 * ```ts ignore
 * await using slow = await PacedSource.start(swarm.party, bob.addr, { id: "quake", files: { "a.pak": 100 * MIB } }, 2 * MIB);
 * ```
 *
 * @module
 */

import { readFrame } from "../../src/peer/exchange.ts";
import type { ByteStream } from "../../src/peer/transport/port.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import type { SocketAddress } from "../../src/proto/ids.ts";
import { MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { within } from "./deadline.ts";
import { gameDetails, HostilePeer, readyGame, type WireValue } from "./hostile_peer.ts";

const VERSION = "1.0";
/** So much is sent at once. */
const BURST_MS = 10;

/** What it has; files by their size. The content is zeros. */
export interface PacedGame {
  readonly id: string;
  readonly files: Record<string, number>;
}

/** One source. */
export class PacedSource implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #tasks: Promise<unknown>[] = [];
  #sending: Promise<void> = Promise.resolve();
  /** Bytes that left it. */
  sent_bytes = 0;

  private constructor(
    readonly peer: HostilePeer,
    readonly game: PacedGame,
    /** May be changed at any time. */
    public bytes_per_s: number,
  ) {}

  /** Introduces itself to the peer at `addr`. */
  static async start(
    party: string,
    addr: string,
    game: PacedGame,
    bytes_per_s: number,
  ): Promise<PacedSource> {
    const peer = await HostilePeer.start({ party, games: [summaryOf(game)] });
    const source = new PacedSource(peer, game, bytes_per_s);
    const { signal } = source.#stop;
    const connection = await source.peer.transport.connect({ addr: addr as SocketAddress }, signal);
    source.#tasks.push((async () => {
      for await (const stream of connection.incoming) {
        source.#tasks.push(source.#answer(stream).catch(() => stream.reset()));
      }
    })());
    const hello = await connection.openStream(signal);
    await hello.write(encodeFrame(source.peer.introduction("hello"), MAX_ANSWER_BYTES));
    await hello.finish();
    await within("the answer to hello", readFrame(hello, MAX_ANSWER_BYTES));
    hello.reset();
    return source;
  }

  async #answer(stream: ByteStream): Promise<void> {
    const request = await readFrame(stream, MAX_ANSWER_BYTES) as WireValue;
    await stream.write(encodeFrame(this.#frameFor(request), MAX_ANSWER_BYTES));
    if (request.type === "get_chunk") {
      const turn = this.#sending.then(() => this.#send(stream, request));
      this.#sending = turn.catch(() => {});
      await turn;
    }
    await stream.finish();
    stream.reset();
  }

  #frameFor({ type, length }: WireValue): object {
    const { game } = this;
    if (type === "get_library") {
      return { type: "library_snapshot", library_rev: 1, games: [summaryOf(game)] };
    }
    if (type === "get_game") return gameDetails(game.id, VERSION, filesOf(game));
    if (type === "get_chunk") return { type: "chunk", length };
    return { type: type === "ping" ? "pong" : "ok" };
  }

  async #send(stream: ByteStream, { path, length }: WireValue): Promise<void> {
    if (path === "version.ini") return await stream.write(new TextEncoder().encode(VERSION));
    const burst = new Uint8Array(Math.ceil(this.bytes_per_s * BURST_MS / 1_000));
    let due_ms = performance.now();
    for (let sent = 0; sent < Number(length);) {
      const part = burst.subarray(0, Math.min(burst.length, Number(length) - sent));
      await stream.write(part);
      sent += part.length;
      this.sent_bytes += part.length;
      due_ms += part.length / this.bytes_per_s * 1_000;
      await this.#pause(due_ms - performance.now());
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#stop.signal.throwIfAborted();
    if (ms > 1) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("over"));
    await this.peer[Symbol.asyncDispose]();
    await Promise.all(this.#tasks);
  }
}

function filesOf({ files }: PacedGame): { path: string; size: number }[] {
  return Object.entries({ ...files, "version.ini": VERSION.length }).map(([path, size]) => ({ path, size }));
}

function summaryOf(game: PacedGame): object {
  return readyGame(game.id, VERSION, filesOf(game).reduce((sum, { size }) => sum + size, 0));
}
