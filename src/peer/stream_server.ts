/**
 * Serves streamed installs: expands this peer's archives for receivers that have no room for them.
 *
 * Each receiver has a worker of its own, which unpacks as fast as the receiver takes the bytes and no faster; their
 * number is bounded, and with it the memory. A receiver that leaves, an operation that begins on the game, and the end
 * of the peer end the worker at once.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { join } from "../base/std/path.ts";
import { findArchives } from "../install/archives.ts";
import { EXPAND_PIPE_BYTES, Expansion } from "../install/expand.ts";
import { encodeFrame } from "../proto/codec.ts";
import type { GameId, PeerId } from "../proto/ids.ts";
import { MAX_REQUEST_BYTES, STREAM_DATA_BYTES } from "../proto/limits.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { StreamInstall } from "../proto/message.ts";
import { type StreamFailed, StreamFailureCode } from "../proto/stream.ts";
import { BUFFERS } from "./buffers.ts";
import { SEND_WINDOW_BYTES, type SendTurns } from "./send_turns.ts";
import { type Receiver, sendAnswer } from "./server.ts";
import { TRANSPORT_BYTES } from "./serving_places.ts";
import { moved, SENDING_STALL_MS, watchForStall } from "./stall.ts";
import type { ByteStream } from "./transport/port.ts";

/** Streamed installs served at a time, to all peers together: each unpacks and holds a few MiB. */
export const MAX_STREAMS_AT_ONCE = 4;
/** Of these for one peer, so that none takes the places of all. */
export const MAX_STREAMED_INSTALLS_PER_PEER = 2;
/** What a stream may hold here, in its worker and in the transport. */
const MEMORY_BYTES = EXPAND_PIPE_BYTES + STREAM_DATA_BYTES + SEND_WINDOW_BYTES + TRANSPORT_BYTES;
/** An archive, directly in the game root. */
const ARCHIVE = /^[^/]+\.eti$/i;
/** Behind every chunk for the same peer, in the order of sending and on the connection. */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER;
const PRIORITY = -1_000_000_000;

/** What the server needs to know about the local games. */
export interface StreamServerOptions {
  game_dir: string;
  /** The manifest of a game that may be served now. Throws `game_not_found`, `not_transferable`. */
  manifestOf(game_id: GameId): Manifest;
  /** Shared with whatever else sends to peers. */
  turns: SendTurns;
  /** Content was sent. */
  onSent?(peer_id: PeerId, bytes: number): void;
  /** For tests. */
  startWorker?: () => Worker;
}

/** Answers `stream_install`. */
export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #by_peer = new Map<PeerId, number>();
  #serving = 0;

  constructor(options: StreamServerOptions) {
    this.#options = options;
  }

  /** How many receivers are served now. */
  get serving(): number {
    return this.#serving;
  }

  /**
   * Sends the answer and the stream. Throws `game_not_found`, `not_transferable`, `manifest_changed` and `busy` before
   * the answer; what its archives are to blame for is told in the last frame, everything else breaks the stream.
   */
  async serve(request: StreamInstall, stream: ByteStream, to: Receiver): Promise<void> {
    this.#requireSame(request);
    using _ = this.#take(to.peer_id);
    const expansion = await this.#expand(request, to.signal).catch(failureOf);
    if ("type" in expansion) return await sendAnswer(stream, expansion);
    await using _expansion = expansion;
    const { entries, total_bytes } = expansion;
    await sendAnswer(stream, { type: "stream_begin", entries, total_bytes });
    stream.setPriority(PRIORITY);
    try {
      await this.#send(expansion, request, stream, to);
    } catch (cause) {
      // Behind the answer there is no place for another one.
      const message = `Streaming ${request.game_id} broke off: ${messageOf(cause)}`;
      throw new LanspreadError("connection_lost", message, { cause });
    }
  }

  async #expand(request: StreamInstall, signal: AbortSignal): Promise<Expansion> {
    return await Expansion.start(await this.#archives(request), signal, this.#options.startWorker);
  }

  async #send(
    expansion: Expansion,
    request: StreamInstall,
    stream: ByteStream,
    { peer_id, connection, signal }: Receiver,
  ): Promise<void> {
    const { turns } = this.#options;
    let block = new Uint8Array();
    // A receiver that takes nothing must not hold its place for ever.
    using watch = watchForStall(stream, connection, SENDING_STALL_MS);
    while (true) {
      // The limit may change meanwhile, and with it what goes at a time.
      if (block.length !== turns.piece_bytes) block = new Uint8Array(turns.piece_bytes);
      const part = await watch.excuse(expansion.read(block, signal)).catch((error) => {
        signal.throwIfAborted();
        // Everything before was whole frames: one more fits behind them.
        return failureOf(error);
      });
      if (!part) return;
      if ("type" in part) return await stream.write(encodeFrame(part, MAX_REQUEST_BYTES));
      for (let sent = 0; sent < part.length;) {
        const wish = { bytes: part.length - sent, order: BEHIND_ALL, signal };
        using turn = await watch.excuse(turns.take(peer_id, wish));
        // An operation that began meanwhile changes the archives: what was read may be half old, half new.
        this.#requireSame(request);
        await stream.write(part.subarray(sent, sent + turn.bytes));
        sent += turn.bytes;
        moved(connection, turn.bytes);
        this.#options.onSent?.(peer_id, turn.bytes);
      }
    }
  }

  #take(peer_id: PeerId): Disposable {
    const of_peer = this.#by_peer.get(peer_id) ?? 0;
    if (this.#serving >= MAX_STREAMS_AT_ONCE || of_peer >= MAX_STREAMED_INSTALLS_PER_PEER) {
      throw new LanspreadError("busy", "too many streamed installs at once; try again later");
    }
    const memory = BUFFERS.take(MEMORY_BYTES);
    this.#serving++;
    this.#by_peer.set(peer_id, of_peer + 1);
    return {
      [Symbol.dispose]: () => {
        memory[Symbol.dispose]();
        this.#serving--;
        const left = (this.#by_peer.get(peer_id) ?? 0) - 1;
        if (left > 0) this.#by_peer.set(peer_id, left);
        else this.#by_peer.delete(peer_id);
      },
    };
  }

  #requireSame({ game_id, manifest_hash }: StreamInstall): Manifest {
    const manifest = this.#options.manifestOf(game_id);
    if (manifest.manifest_hash === manifest_hash) return manifest;
    throw new LanspreadError("manifest_changed", `${game_id} is not what it was; ask for the game again`);
  }

  /** The archives, exactly those that the manifest lists. */
  async #archives(request: StreamInstall): Promise<string[]> {
    const { game_id } = request;
    const listed = archiveSizes(this.#requireSame(request));
    const root = join(this.#options.game_dir, game_id);
    try {
      if (!(await Deno.lstat(root)).isDirectory) throw new Error(`${root} is a link`);
      const here = await sizesOfArchives(root);
      // One that is gone counts too: without it the others would look like the whole game.
      const changed = [...listed.keys(), ...here.keys()].find((name) => here.get(name) !== listed.get(name));
      if (changed !== undefined) {
        throw new LanspreadError("manifest_changed", `${changed} is not what it was; ask for the game again`);
      }
      const archives = await findArchives(root);
      if (archives.length > 0) return archives;
    } catch (cause) {
      if (cause instanceof LanspreadError) throw cause;
      // What the system says names this machine's folders: that stays here.
      throw new LanspreadError("manifest_changed", `${game_id} can't be read now`, { cause });
    }
    const what = `${game_id} holds no .eti archive, or only later parts of one; ask for another copy`;
    throw new LanspreadError("archive_missing", what);
  }
}

/** The sizes of the archives that a manifest lists, by their names. */
function archiveSizes({ files }: Manifest): Map<string, number> {
  return new Map(files.filter(({ path }) => ARCHIVE.test(path)).map(({ path, size }) => [path, size]));
}

/** The same of a game root. */
async function sizesOfArchives(root: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const { name, isFile } of await Array.fromAsync(Deno.readDir(root))) {
    if (isFile && ARCHIVE.test(name)) sizes.set(name, (await Deno.lstat(join(root, name))).size);
  }
  return sizes;
}

/** What the receiver is told; an unexpected error is just `internal`. */
function failureOf(error: unknown): StreamFailed {
  const code = error instanceof LanspreadError ? StreamFailureCode.safeParse(error.code).data : undefined;
  if (!code) return { type: "stream_failed", code: "internal", message: "the peer could not go on" };
  return { type: "stream_failed", code, message: messageOf(error).slice(0, 1_024) };
}
