/**
 * Serves byte ranges of this peer's games.
 *
 * Participants: `serving_places.ts` says how many chunks are served at a time, `send_turns.ts` when the next block of
 * each is read and sent, `served_files.ts` whether a file still is the one that the receiver has a part of. While the
 * transport has a block on its way the next one is read.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { openNoFollow } from "../base/nofollow_file.ts";
import { readQuickly } from "../base/pace.ts";
import type { GetChunk, GetGame } from "../proto/message.ts";
import type { GameDetails } from "../proto/message.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { GameId, PeerId } from "../proto/ids.ts";
import { stampOf } from "../watch/file_stamp.ts";
import { type ServedChunk, ServedFiles } from "./served_files.ts";
import { type Receiver, sendAnswer } from "./server.ts";
import type { SendTurns } from "./send_turns.ts";
import { ServingPlaces } from "./serving_places.ts";
import { moved, SENDING_STALL_MS, watchForStall } from "./stall.ts";
import type { ByteStream } from "./transport/port.ts";

/** What the server needs to know about the local games. */
export interface ChunkServerOptions {
  game_dir: string;
  /** The manifest of a game that may be served now. Throws `game_not_found`, `not_transferable`. */
  manifestOf(game_id: GameId): Manifest;
  /** Shared with whatever else sends to peers. */
  turns: SendTurns;
  /** Content was sent. */
  onSent?(peer_id: PeerId, bytes: number): void;
}

/** A file that is sent, and where its bytes go. */
interface Sending {
  file: Deno.FsFile;
  /** What the receiver has of it. */
  chunk: ServedChunk;
  stream: ByteStream;
  /** Which chunk it is, counted from the start. */
  order: number;
  to: Receiver;
}

/** Answers `get_game` and `get_chunk`. */
export class ChunkServer {
  readonly #options: ChunkServerOptions;
  readonly #sizes = new WeakMap<Manifest, Map<string, number>>();
  readonly #places = new ServingPlaces();
  readonly #files = new ServedFiles();
  #served = 0;

  constructor(options: ChunkServerOptions) {
    this.#options = options;
  }

  /** Whether chunks are on their way to somebody. */
  get is_serving(): boolean {
    return !this.#places.are_free;
  }

  /** A game's file list. Who asks for it begins anew. */
  details({ game_id }: GetGame, peer_id: PeerId): GameDetails {
    this.#files.asked(peer_id, game_id);
    const { version, manifest_hash, files } = this.#options.manifestOf(game_id);
    return { type: "game_details", game_id, version, manifest_hash, files: [...files] };
  }

  /**
   * Sends the header and exactly `length` bytes. Throws `game_not_found`, `not_transferable`, `manifest_changed`,
   * `invalid_request` and `busy` before the header; what fails later breaks the stream.
   */
  async serve(request: GetChunk, stream: ByteStream, to: Receiver): Promise<void> {
    using _ = this.#places.take(to.peer_id);
    const order = ++this.#served;
    const manifest = this.#manifestOf(request);
    this.#checkRange(request, manifest);
    using chunk = this.#files.begin(to.peer_id, manifest, request.path);
    using file = await this.#open(request, chunk);
    await file.seek(request.offset, Deno.SeekMode.Start);
    await sendAnswer(stream, { type: "chunk", length: request.length });
    // Bodies go out one after another in the order they were asked for, and everything else before them: a header that
    // waited behind other bodies would come too late on a slow network.
    stream.setPriority(-order);
    await this.#sendBytes(request, { file, chunk, stream, order, to }).catch((cause) => {
      // Behind the header there is no place for an answer any more.
      throw new LanspreadError("connection_lost", `Sending ${request.path} broke off: ${messageOf(cause)}`, {
        cause,
      });
    });
  }

  /** An operation that began meanwhile writes to these files: then there is no manifest to serve. */
  #manifestOf(request: GetChunk): Manifest {
    const manifest = this.#options.manifestOf(request.game_id);
    if (manifest.manifest_hash === request.manifest_hash) return manifest;
    throw changed(request);
  }

  #checkRange({ game_id, path, offset, length }: GetChunk, manifest: Manifest): void {
    const size = this.#sizeOf(manifest, path);
    if (size === undefined) throw new LanspreadError("invalid_request", `${game_id} has no such file`);
    if (offset + length <= size) return;
    throw new LanspreadError("invalid_request", `the range ends behind the ${size} bytes of the file`);
  }

  // The scan saw a regular file in real directories; a link that took its place since then is not followed.
  async #open(request: GetChunk, chunk: ServedChunk): Promise<Deno.FsFile> {
    using opening = new DisposableStack();
    const { game_id, path } = request;
    const opened = openNoFollow(this.#options.game_dir, `${game_id}/${path}`, "read").catch((cause) => {
      // What the system says names this machine's folders: that stays here.
      throw new LanspreadError("manifest_changed", `${path} can't be read now`, { cause });
    });
    const file = opening.use(await opened);
    this.#checkUnchanged(file, request, chunk);
    opening.move();
    return file;
  }

  /**
   * Whether what was read until now is what the receiver was promised: the manifest is served still, and the file is as
   * it was. To be asked between the reading and the sending. It takes 2 µs; an open file's figures are in memory.
   */
  #checkUnchanged(file: Deno.FsFile, request: GetChunk, chunk: ServedChunk): void {
    const size = this.#sizeOf(this.#manifestOf(request), request.path);
    const info = file.statSync();
    if (info.size !== size || !chunk.isSame(stampOf(info))) throw changed(request);
  }

  /** Sends `length` bytes from where the file stands, a block a turn. */
  async #sendBytes(request: GetChunk, { file, chunk, stream, order, to }: Sending): Promise<void> {
    const { turns } = this.#options;
    const { connection, peer_id, signal } = to;
    // A receiver that takes nothing must not hold its place for ever.
    using watch = watchForStall(stream, connection, SENDING_STALL_MS);
    let block = new Uint8Array();
    for (let left = request.length; left > 0;) {
      const bytes = Math.min(left, turns.piece_bytes);
      using turn = await watch.excuse(turns.take(peer_id, { bytes, order, signal }));
      // Pieces grow when the limit is raised meanwhile.
      if (block.length < turn.bytes) block = new Uint8Array(turn.bytes);
      const part = await readBlock(file, block.subarray(0, turn.bytes));
      this.#checkUnchanged(file, request, chunk);
      left -= part.length;
      await stream.write(part);
      moved(connection, part.length);
      this.#options.onSent?.(peer_id, part.length);
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

async function readBlock(
  file: Deno.FsFile,
  block: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const count = await readQuickly(file, block);
  if (!count) throw new LanspreadError("manifest_changed", "the file became shorter while it was sent");
  return block.subarray(0, count);
}

function changed({ game_id, path }: GetChunk): LanspreadError {
  return new LanspreadError(
    "manifest_changed",
    `${path} of ${game_id} is not what it was; ask for the game again`,
  );
}
