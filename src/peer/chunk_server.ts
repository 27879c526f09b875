/**
 * Serves byte ranges of this peer's games.
 *
 * Participants: `serving_places.ts` says how many chunks are served at a time, `send_turns.ts` when the next block of
 * each is read and sent. While the transport has a block on its way the next one is read.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { readQuickly } from "../base/pace.ts";
import { join } from "../base/std/path.ts";
import type { GetChunk, GetGame } from "../proto/message.ts";
import type { GameDetails } from "../proto/message.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { GameId } from "../proto/ids.ts";
import { foldCase } from "../proto/paths.ts";
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
}

/** Where a body goes. */
interface Sending {
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
  #served = 0;

  constructor(options: ChunkServerOptions) {
    this.#options = options;
  }

  /** Whether chunks are on their way to somebody. */
  get is_serving(): boolean {
    return !this.#places.are_free;
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
    using _ = this.#places.take(to.peer_id);
    const order = ++this.#served;
    using file = await this.#open(request);
    await file.seek(request.offset, Deno.SeekMode.Start);
    await sendAnswer(stream, { type: "chunk", length: request.length });
    // Bodies go out one after another in the order they were asked for, and everything else before them: a header that
    // waited behind other bodies would come too late on a slow network.
    stream.setPriority(-order);
    await this.#sendBytes(file, request, { stream, order, to }).catch((cause) => {
      // Behind the header there is no place for an answer any more.
      throw new LanspreadError("connection_lost", `Sending ${request.path} broke off: ${messageOf(cause)}`, {
        cause,
      });
    });
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

  /** Sends `length` bytes from where the file stands, a block a turn. */
  async #sendBytes(file: Deno.FsFile, request: GetChunk, { stream, order, to }: Sending): Promise<void> {
    const { turns } = this.#options;
    const { connection, peer_id, signal } = to;
    // A receiver that takes nothing must not hold its place for ever.
    using watch = watchForStall(stream, connection, SENDING_STALL_MS);
    let block: Uint8Array<ArrayBuffer> | undefined;
    for (let left = request.length; left > 0;) {
      const bytes = Math.min(left, turns.piece_bytes);
      using _ = await watch.excuse(turns.take(peer_id, { bytes, order, signal }));
      block ??= new Uint8Array(bytes);
      const part = await readBlock(file, block.subarray(0, bytes));
      this.#checkUnchanged(request);
      left -= part.length;
      await stream.write(part);
      moved(connection, part.length);
    }
  }

  /** An operation that began meanwhile writes to these files: what was read may be half old, half new. */
  #checkUnchanged(request: GetChunk): void {
    const { manifest_hash } = this.#options.manifestOf(request.game_id);
    if (manifest_hash !== request.manifest_hash) throw changed(request);
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
