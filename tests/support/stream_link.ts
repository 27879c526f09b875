/**
 * A real stream server behind a connection in memory: the way of a streamed install from archive to frames and back,
 * without sockets.
 *
 * ```ts ignore
 * await using link = await StreamLink.open(source_dir);
 * using tree = await link.stream("game", signal);
 * ```
 *
 * @module
 */

import { RateLimiter } from "../../src/base/rate_limit.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import { SendTurns } from "../../src/peer/send_turns.ts";
import { sendAnswer } from "../../src/peer/server.ts";
import { StreamServer, type StreamServerOptions } from "../../src/peer/stream_server.ts";
import { type OpenStream, openStream } from "../../src/peer/stream_source.ts";
import type { Connection } from "../../src/peer/transport/port.ts";
import { MAX_REQUEST_BYTES } from "../../src/proto/limits.ts";
import type { Manifest } from "../../src/proto/manifest.ts";
import { StreamInstall } from "../../src/proto/message.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { toWireError } from "../../src/proto/wire_error.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { refreshRoot } from "../../src/watch/scan_root.ts";
import { connectTo } from "./memory_peers.ts";
import { newPeerId } from "./parties.ts";

const NEVER = new AbortController().signal;

/** The manifest of a game as a scan makes it. Throws where it can't be served. */
export async function scannedManifest(game_dir: string, game_id: string): Promise<Manifest> {
  using index = LibraryIndex.inMemory();
  const game = await refreshRoot(game_dir, parseGameId(game_id), { signal: NEVER, index });
  if (!game?.manifest) throw new Error(`${game_id}: ${game?.problem ?? "it is not there"}`);
  return game.manifest;
}

/** How a link differs from the usual one. */
export interface StreamLinkOptions {
  /** All streams come from one peer; otherwise each from another one. */
  one_peer?: boolean;
  /** Called whenever the server asks for a manifest; what it throws is the answer. */
  onManifest?: () => void;
}

/** One connection to one server; every stream on it is served. */
export class StreamLink implements AsyncDisposable {
  private constructor(
    readonly server: StreamServer,
    readonly manifests: ReadonlyMap<string, Manifest>,
    readonly link: { connection: Connection } & AsyncDisposable,
  ) {}

  /** Serves the games of `game_dir` that can be served. */
  static async open(
    game_dir: string,
    options: Partial<StreamServerOptions> = {},
    { one_peer = false, onManifest = () => {} }: StreamLinkOptions = {},
  ): Promise<StreamLink> {
    const only = newPeerId();
    const manifests = new Map<string, Manifest>();
    for await (const { name } of Deno.readDir(game_dir)) {
      manifests.set(name, await scannedManifest(game_dir, name));
    }
    const manifestOf: StreamServerOptions["manifestOf"] = (game_id) => {
      const manifest = manifests.get(game_id);
      onManifest();
      if (!manifest) throw new Error(`${game_id} is not here`);
      return manifest;
    };
    const server = new StreamServer({ game_dir, manifestOf, turns: new SendTurns(), ...options });
    const link = await connectTo(async (stream, connection) => {
      try {
        const request = StreamInstall.parse(await readFrame(stream, MAX_REQUEST_BYTES));
        const serving = server.serve(
          request,
          stream,
          { peer_id: one_peer ? only : newPeerId(), connection, signal: NEVER },
        );
        await serving.catch(async (error) => {
          if (error.code === "connection_lost") throw error;
          await sendAnswer(stream, toWireError(error));
        });
        await stream.finish();
      } finally {
        stream.reset();
      }
    });
    return new StreamLink(server, manifests, link);
  }

  /** Opens a stream of one game. */
  async stream(game_id: string, signal: AbortSignal = NEVER): Promise<OpenStream> {
    const manifest = this.manifests.get(game_id);
    if (!manifest) throw new Error(`${game_id} is not here`);
    const { manifest_hash } = manifest;
    const limiter = new RateLimiter(undefined);
    const order = { game_id: parseGameId(game_id), manifest_hash, limiter, onBytes: () => {} };
    return await openStream(this.link.connection, order, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link[Symbol.asyncDispose]();
  }
}
