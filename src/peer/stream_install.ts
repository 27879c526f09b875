/**
 * Runs one streamed install: one source after another until one of them has sent everything.
 *
 * Participants: `stream_source.ts` reads what a source sends, `install/stream.ts` makes an install of it. Every attempt
 * is a transaction of its own, rolled back before the next source is asked.
 *
 * @module
 */

import { isCode, LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { RateLimiter } from "../base/rate_limit.ts";
import { join } from "../base/std/path.ts";
import { refuseFullDisk } from "../install/free_space.ts";
import type { IntentLog } from "../install/intent.ts";
import type { ByteProgress } from "../install/progress_meter.ts";
import { inContext } from "../install/rollback.ts";
import { streamGame } from "../install/stream.ts";
import type { PeerId } from "../proto/ids.ts";
import { askForPlan, type PlanOrder, type PlanPorts } from "./download/offers.ts";
import { isLocal, isLost } from "./download/failures.ts";
import type { DownloadPlan } from "./download/plan.ts";
import { type OpenStream, openStream, type StreamOrder } from "./stream_source.ts";
import type { Connection } from "./transport/port.ts";

const NO_LIMIT = new RateLimiter(undefined);

/** What a streamed install needs of the rest of the peer. */
export interface StreamPorts extends PlanPorts {
  game_dir: string;
  own_id: PeerId;
  intents: IntentLog;
  connectionTo(peer_id: PeerId, signal: AbortSignal): Promise<Connection>;
  /** The download limit of this peer. */
  limiter?: RateLimiter;
  /** Bytes came from the peer: it is alive. */
  heard(peer_id: PeerId, bytes: number): void;
  onProgress(progress: ByteProgress): void;
}

/**
 * Runs a streamed install to its end. Throws `no_peers_have_game`, `peers_gone`, what the last source said, `io`,
 * `disk_full` and the signal's reason; the game root is as it was then.
 */
export async function streamInstall(
  order: PlanOrder,
  ports: StreamPorts,
  signal: AbortSignal,
): Promise<void> {
  const plan = await askForPlan(order, ports, signal);
  let last: { error: unknown } | undefined;
  for (const peer_id of rotated(plan.sources, ports.own_id)) {
    try {
      return await streamFrom(peer_id, plan, ports, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LocalFailure) throw error.cause;
      ports.onRejected(peer_id, messageOf(error));
      // That a source is gone tells less than what another one said.
      if (!last || !isLost(error)) last = { error };
    }
  }
  throw isLost(last?.error) ? allGone(order, last?.error) : last?.error;
}

/** A failure that no other source would mend. */
class LocalFailure extends Error {}

async function streamFrom(
  peer_id: PeerId,
  { manifest }: DownloadPlan,
  ports: StreamPorts,
  signal: AbortSignal,
): Promise<void> {
  const { game_id, version, manifest_hash } = manifest;
  logger("stream").info("{game_id} {version} comes from {peer_id}", { game_id, version, peer_id });
  const connection = await ports.connectionTo(peer_id, signal);
  const { limiter = NO_LIMIT } = ports;
  const onBytes = (bytes: number) => ports.heard(peer_id, bytes);
  using tree = await openFitting(
    connection,
    { game_id, manifest_hash, limiter, onBytes },
    ports.game_dir,
    signal,
  );
  const { intents, onProgress } = ports;
  const game_root = join(ports.game_dir, game_id);
  try {
    await streamGame({ game_id, game_root, intents, version, tree, onProgress, signal });
  } catch (error) {
    if (isHopeless(error)) throw new LocalFailure(messageOf(error), { cause: error });
    throw error;
  }
}

/** Opens the stream where the disk has room for what the source announces. */
async function openFitting(
  connection: Connection,
  order: StreamOrder,
  game_dir: string,
  signal: AbortSignal,
): Promise<OpenStream> {
  try {
    using stack = new DisposableStack();
    const tree = stack.use(await openStream(connection, order, signal));
    // Before anything is touched; a source that lies about it must not keep the others from being asked.
    refuseFullDisk(game_dir, tree.total_bytes);
    stack.move();
    return tree;
  } catch (error) {
    throw inContext(error, `Cannot stream-install ${order.game_id}`, signal);
  }
}

/** Every receiver begins with another source, so that none of them has to serve all. */
function rotated(sources: readonly PeerId[], own_id: PeerId): PeerId[] {
  const first = parseInt(own_id.slice(0, 8), 16) % sources.length;
  return [...sources.slice(first), ...sources.slice(0, first)];
}

function isHopeless(error: unknown): boolean {
  return isLocal(error) || isCode(error, "cancelled");
}

function allGone({ game_id }: PlanOrder, cause: unknown): LanspreadError {
  return new LanspreadError("peers_gone", `Cannot stream-install ${game_id}: all its sources are gone`, {
    cause,
  });
}
