/**
 * Sources of one game on the memory transport, and the ports of a download that uses them.
 *
 * @module
 */

import { isCode, LanspreadError } from "../../src/base/errors.ts";
import { DownloadJournal } from "../../src/peer/download/journal.ts";
import { ChunkHashes } from "../../src/proto/chunk_hashes.ts";
import { ChunkOrder } from "../../src/proto/chunk_order.ts";
import { hashRange } from "../../src/watch/hash_range.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import type { DownloadOrder, DownloadPorts } from "../../src/peer/download/download.ts";
import type { PeerEvent } from "../../src/peer/events.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import type { ByteStream, Connection } from "../../src/peer/transport/port.ts";
import { GameId, GameVersion, PeerId } from "../../src/proto/ids.ts";
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from "../../src/proto/limits.ts";
import { makeManifest, type Manifest } from "../../src/proto/manifest.ts";
import { GetChunk } from "../../src/proto/message.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { toWireError } from "../../src/proto/wire_error.ts";
import { FakeClock } from "./fake_clock.ts";
import { connectTo } from "./memory_peers.ts";

/** The game that is downloaded. */
export const game_id = GameId.parse("game");

/** The manifest of these files. */
export function manifestOf(files: Record<string, Uint8Array>, version = "1.0"): Manifest {
  const list = Object.entries(files).map(([path, bytes]) => ({
    path: ManifestPath.parse(path),
    size: bytes.length,
  }));
  return makeManifest(game_id, GameVersion.parse(version), list);
}

/** How a chunk ends early: after so many bytes, by a connection that breaks or as if it were all. */
export interface EarlyEnd {
  after_bytes: number;
  by: "breaking" | "finishing";
}

/** Called before a chunk is served; what it throws is answered, or breaks the connection where that is lost. */
export type OnChunk = (request: GetChunk, count: number) => void | EarlyEnd | Promise<void | EarlyEnd>;

/** One source and what it was asked. */
export interface FakeSource {
  readonly peer_id: PeerId;
  readonly requests: GetChunk[];
  manifest: Manifest;
  readonly files: Record<string, Uint8Array>;
  /** What it says of its chunks; nothing at first. */
  hashes: ChunkHashes;
}

/** Sources, the events and the rejections of a download; disposing it closes every connection. */
export class FakeSwarm implements AsyncDisposable {
  readonly #links = new AsyncDisposableStack();
  readonly #connections = new Map<PeerId, Connection>();
  readonly #sources = new Map<PeerId, FakeSource>();
  readonly events: PeerEvent[] = [];
  readonly rejected: { peer_id: PeerId; reason: string }[] = [];
  /** Peers that bytes came from. */
  readonly heard = new Set<PeerId>();
  /** Peers that can't be reached any more. */
  readonly gone = new Set<PeerId>();
  /** What the ports tell before anybody else hears it. */
  onEvent: (event: PeerEvent) => void = () => {};

  /** Where the journal and the hashes are kept. */
  readonly index = this.#links.use(LibraryIndex.inMemory());

  constructor(readonly game_dir: string) {}

  /** Adds a source of these files. */
  async add(files: Record<string, Uint8Array>, onChunk: OnChunk = () => {}, version = "1.0") {
    const n = String(this.#sources.size + 1).padStart(12, "0");
    const peer_id = PeerId.parse(`00000000-0000-4000-8000-${n}`);
    const manifest = manifestOf(files, version);
    const hashes = new ChunkHashes(new ChunkOrder(manifest.files).count);
    const source: FakeSource = { peer_id, requests: [], manifest, hashes, files };
    const link = await connectTo((stream, far) => serveChunk(source, files, onChunk, stream, far));
    this.#links.use(link);
    this.#connections.set(peer_id, link.connection);
    this.#sources.set(peer_id, source);
    return source;
  }

  /** An order from all sources that are there now. */
  order(previous: Manifest | null = null, version = "1.0"): DownloadOrder {
    const candidates = [...this.#sources.keys()].filter((peer_id) => !this.gone.has(peer_id));
    return { game_id, version: GameVersion.parse(version), candidates, previous };
  }

  get ports(): DownloadPorts {
    return {
      game_dir: this.game_dir,
      clock: new FakeClock(),
      askDetails: (peer_id) => {
        const manifest = this.#sources.get(peer_id)?.manifest;
        if (!manifest || this.gone.has(peer_id)) return Promise.reject(lost(peer_id));
        const { version, manifest_hash, files } = manifest;
        return Promise.resolve({
          type: "game_details",
          game_id,
          version,
          manifest_hash,
          files: [...files],
        });
      },
      askHashes: (peer_id) => {
        const hashes = this.#sources.get(peer_id)?.hashes;
        if (!hashes || this.gone.has(peer_id)) return Promise.reject(lost(peer_id));
        return Promise.resolve(hashes.encode());
      },
      hash: (range) => Promise.resolve(hashRange(range, () => false)),
      journal: new DownloadJournal(this.index.store),
      hashes: this.index.hashes,
      connectionTo: (peer_id) => {
        const connection = this.#connections.get(peer_id);
        if (!connection || this.gone.has(peer_id)) return Promise.reject(lost(peer_id));
        return Promise.resolve(connection);
      },
      sourcesOf: () => [...this.#sources.keys()].filter((peer_id) => !this.gone.has(peer_id)),
      emit: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
      heard: (peer_id) => void this.heard.add(peer_id),
      onRejected: (peer_id, reason) => void this.rejected.push({ peer_id, reason }),
    };
  }

  /** The events of one name. */
  told<N extends PeerEvent["event"]>(name: N): Extract<PeerEvent, { event: N }>[] {
    return this.events.filter((event): event is Extract<PeerEvent, { event: N }> => event.event === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#links.disposeAsync();
  }
}

async function serveChunk(
  source: FakeSource,
  files: Record<string, Uint8Array>,
  onChunk: OnChunk,
  stream: ByteStream,
  far: Connection,
): Promise<void> {
  const request = GetChunk.parse(await readFrame(stream, MAX_REQUEST_BYTES));
  source.requests.push(request);
  try {
    const early = await onChunk(request, source.requests.length);
    const { path, offset, length } = request;
    await stream.write(encodeFrame({ type: "chunk", length }, MAX_ANSWER_BYTES));
    const body = files[path]?.slice(offset, offset + (early?.after_bytes ?? length)) ?? new Uint8Array(0);
    if (body.length > 0) await stream.write(body);
    if (early?.by === "breaking") return far.close();
  } catch (error) {
    // The other side gave the stream up; the connection stands.
    if (isCode(error, "connection_lost")) return;
    await stream.write(encodeFrame(toWireError(error), MAX_ANSWER_BYTES));
  }
  await stream.finish();
}

function lost(peer_id: PeerId): LanspreadError {
  return new LanspreadError("connection_lost", `The peer ${peer_id} is gone`);
}
