/**
 * Serves byte ranges of this peer's games.
 *
 * Reading and sending overlap: while one block is on its way the next one is read. The number of chunks served at a
 * time is bounded, and with it the memory.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { readQuickly } from "../base/pace.ts";
import { join } from "../base/std/path.ts";
import type { GetChunk, GetGame } from "../proto/message.ts";
import type { GameDetails } from "../proto/message.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { GameId, PeerId } from "../proto/ids.ts";
import { foldCase } from "../proto/paths.ts";
import { sendAnswer } from "./server.ts";
import { moved, watchForStall } from "./stall.ts";
import type { ByteStream, Connection } from "./transport/port.ts";

/** Bytes read and sent at a time. Two blocks are in memory for each chunk that is served. */
const BLOCK_BYTES = 256 * 1024;
/** Chunks served at a time, to all peers together: 64 MiB of blocks. */
const MAX_CHUNKS_AT_ONCE = 128;
/** Of these for one peer, so that none takes the places of all. */
const MAX_CHUNKS_PER_PEER = 32;

/** Who asked. */
export interface Receiver {
  readonly peer_id: PeerId;
  readonly connection: Connection;
}

/** What the server needs to know about the local games. */
export interface ChunkServerOptions {
  game_dir: string;
  /** The manifest of a game that may be served now. Throws `game_not_found`, `not_transferable`. */
  manifestOf(game_id: GameId): Manifest;
}

/** Answers `get_game` and `get_chunk`. */
export class ChunkServer {
  readonly #options: ChunkServerOptions;
  readonly #sizes = new WeakMap<Manifest, Map<string, number>>();
  readonly #by_peer = new Map<PeerId, number>();
  #serving = 0;
  #served = 0;

  constructor(options: ChunkServerOptions) {
    this.#options = options;
  }

  /** Whether chunks are on their way to somebody. */
  get is_serving(): boolean {
    return this.#serving > 0;
  }

  /** A game's file list. */
  details({ game_id }: GetGame): GameDetails {
    const { version, manifest_hash, files } = this.#options.manifestOf(game_id);
    return { type: "game_details", game_id, version, manifest_hash, files: [...files] };
  }

  /**
   * Sends the header and exactly `length` bytes. Throws `game_not_found`, `not_transferable`, `manifest_changed`,
   * `invalid_request` and `busy` before the header; what fails later breaks the stream.
   */
  async serve(request: GetChunk, stream: ByteStream, to: Receiver): Promise<void> {
    const peer_chunks = this.#by_peer.get(to.peer_id) ?? 0;
    if (this.#serving >= MAX_CHUNKS_AT_ONCE || peer_chunks >= MAX_CHUNKS_PER_PEER) {
      throw new LanspreadError("busy", "too many chunks at once; try again");
    }
    this.#serving++;
    this.#by_peer.set(to.peer_id, peer_chunks + 1);
    const turn = ++this.#served;
    try {
      using file = await this.#open(request);
      await file.seek(request.offset, Deno.SeekMode.Start);
      await sendAnswer(stream, { type: "chunk", length: request.length });
      // Bodies go out one after another in the order they were asked for, and everything else before them: a header that
      // waited behind other bodies would come too late on a slow network.
      stream.setPriority(-turn);
      await this.#sendBytes(file, request, stream, to.connection).catch((cause) => {
        // Behind the header there is no place for an answer any more.
        throw new LanspreadError(
          "connection_lost",
          `Sending ${request.path} broke off: ${messageOf(cause)}`,
          { cause },
        );
      });
    } finally {
      this.#serving--;
      this.#release(to.peer_id);
    }
  }

  #release(peer_id: PeerId): void {
    const left = (this.#by_peer.get(peer_id) ?? 0) - 1;
    if (left > 0) this.#by_peer.set(peer_id, left);
    else this.#by_peer.delete(peer_id);
  }

  async #open(request: GetChunk): Promise<Deno.FsFile> {
    const manifest = this.#options.manifestOf(request.game_id);
    if (manifest.manifest_hash !== request.manifest_hash) throw changed(request);
    const size = this.#sizeOf(manifest, request.path);
    if (size === undefined) {
      throw new LanspreadError("invalid_request", `${request.game_id} has no such file`);
    }
    if (request.offset + request.length > size) {
      throw new LanspreadError("invalid_request", `the range ends behind the ${size} bytes of the file`);
    }
    const path = join(this.#options.game_dir, request.game_id, ...request.path.split("/"));
    const file = await this.#openRegular(path, request);
    if ((await file.stat()).size === size) return file;
    file.close();
    throw changed(request);
  }

  // The scan saw a regular file in real directories; a link that took its place since then is not followed.
  async #openRegular(path: string, request: GetChunk): Promise<Deno.FsFile> {
    try {
      const [real, root] = await Promise.all([Deno.realPath(path), Deno.realPath(this.#options.game_dir)]);
      const expected = join(root, request.game_id, ...request.path.split("/"));
      // Where the disk ignores case, the list says `version.ini` for `Version.INI`.
      if (foldCase(real) !== foldCase(expected)) throw changed(request);
      return await Deno.open(real);
    } catch (error) {
      if (error instanceof LanspreadError) throw error;
      // What the system says names this machine's folders: that stays here.
      throw new LanspreadError("manifest_changed", `${request.path} can't be read now`, { cause: error });
    }
  }

  /** Sends `length` bytes from where the file stands, reading ahead by one block. */
  async #sendBytes(
    file: Deno.FsFile,
    request: GetChunk,
    stream: ByteStream,
    connection: Connection,
  ): Promise<void> {
    const { length, game_id, manifest_hash } = request;
    if (length === 0) return;
    let free: [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] = [block(length), block(length)];
    let left = length;
    // A receiver that takes nothing must not hold its place for ever.
    using _ = watchForStall(stream, connection);
    let reading = readBlock(file, free[0], left);
    while (left > 0) {
      const part = await reading;
      // An operation that began meanwhile writes to these files: what was read may be half old, half new.
      if (this.#options.manifestOf(game_id).manifest_hash !== manifest_hash) throw changed(request);
      left -= part.length;
      free = [free[1], free[0]];
      reading = left > 0 ? readBlock(file, free[0], left) : Promise.resolve(part);
      reading.catch(() => {});
      await stream.write(part);
      moved(connection, part.length);
    }
  }

  #sizeOf(manifest: Manifest, path: string): number | undefined {
    let sizes = this.#sizes.get(manifest);
    if (!sizes) {
      sizes = new Map(manifest.files.map((file) => [file.path, file.size]));
      this.#sizes.set(manifest, sizes);
    }
    return sizes.get(path);
  }
}

function block(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.min(BLOCK_BYTES, length));
}

async function readBlock(
  file: Deno.FsFile,
  buffer: Uint8Array<ArrayBuffer>,
  left: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const count = await readQuickly(file, buffer.subarray(0, left));
  if (!count) throw new LanspreadError("manifest_changed", "the file became shorter while it was sent");
  return buffer.subarray(0, count);
}

function changed({ game_id, path }: GetChunk): LanspreadError {
  return new LanspreadError(
    "manifest_changed",
    `${path} of ${game_id} is not what it was; ask for the game again`,
  );
}
