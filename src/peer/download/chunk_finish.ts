/**
 * What happens to a chunk when all its bytes are here: it is judged, told, and made durable while the others come.
 *
 * @module
 */

import { logger } from "../../base/log.ts";
import type { PeerId } from "../../proto/ids.ts";
import { type Chunk, SENTINEL } from "../../proto/manifest.ts";
import type { GameId } from "../../proto/ids.ts";
import type { PeerEvent } from "../events.ts";
import type { DurableChunks } from "./durable_chunks.ts";
import type { Part, ScheduleEvent } from "./schedule.ts";
import type { Verification } from "./verification.ts";

/** What a complete chunk needs of its download. */
export interface ChunkFinishPorts {
  readonly game_id: GameId;
  readonly verification: Verification;
  readonly durable: DurableChunks;
  emit(event: PeerEvent): void;
}

/** Takes the chunks of one download. */
export class ChunkFinish {
  constructor(readonly ports: ChunkFinishPorts) {}

  /** Gives what the scheduler has to know. Throws `LanspreadError` of this machine and the signal's reason. */
  async complete(chunk: Chunk, parts: readonly Part[], signal: AbortSignal): Promise<ScheduleEvent> {
    const { verification, durable } = this.ports;
    const sources = [...new Set(parts.map(({ peer_id }) => peer_id))];
    const { verdict, sha256 } = await verification.judge(chunk, sources, signal);
    if (verdict === "corrupt") return this.#corrupt(chunk, sources);
    for (const part of parts) {
      this.ports.emit({ event: "download-chunk-finished", game_id: this.ports.game_id, ...part });
    }
    if (chunk.path !== SENTINEL) durable.written({ ...chunk, sha256 });
    return { type: "verified", chunk };
  }

  /** No more chunks come: resolves when all are durable. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.ports.durable.flush(signal);
  }

  #corrupt(chunk: Chunk, sources: readonly PeerId[]): ScheduleEvent {
    tellCorrupt(this.ports.game_id, chunk, sources, this.ports.emit);
    return { type: "corrupt", chunk };
  }
}

/** Of a chunk that several sent together nobody knows whose bytes were wrong: one of them sends all of it next. */
export function tellCorrupt(
  game_id: GameId,
  { path, offset }: Chunk,
  sources: readonly PeerId[],
  emit: (event: PeerEvent) => void,
): void {
  const [peer_id, ...others] = sources;
  if (peer_id && others.length === 0) {
    return emit({ event: "download-chunk-corrupt", game_id, peer_id, path, offset });
  }
  logger("download").warn("{path} of {game_id} came wrong at {offset} from {sources} together", {
    path,
    game_id,
    offset,
    sources: sources.join(", "),
  });
}
