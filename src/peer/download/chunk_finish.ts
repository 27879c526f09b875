/**
 * What happens to a chunk when all its bytes are here: it is judged, told, and made durable while the others come.
 *
 * @module
 */

import { logger } from "../../base/log.ts";
import type { GameId, PeerId } from "../../proto/ids.ts";
import { type Chunk, SENTINEL } from "../../proto/manifest.ts";
import type { PeerEvent } from "../events.ts";
import type { Decision } from "./arbiter.ts";
import type { DurableChunks } from "./durable_chunks.ts";
import type { Part, ScheduleEvent } from "./schedule.ts";
import type { Verification } from "./verification.ts";

/** Why a source is dropped that the others contradict. */
export const CONTRADICTED = "what it says or sends of several chunks is not what the others send";

/** What a complete chunk needs of its download. */
export interface ChunkFinishPorts {
  readonly game_id: GameId;
  readonly verification: Verification;
  readonly durable: DurableChunks;
  /** The sources that can be asked now, the quickest first. */
  usable(): readonly PeerId[];
  emit(event: PeerEvent): void;
}

/** Takes the chunks of one download. */
export class ChunkFinish {
  constructor(readonly ports: ChunkFinishPorts) {}

  /** Gives what the scheduler has to know, in this order. Throws `LanspreadError` of this machine and the signal's reason. */
  async complete(chunk: Chunk, parts: readonly Part[], signal: AbortSignal): Promise<ScheduleEvent[]> {
    const { game_id, verification, durable, usable, emit } = this.ports;
    const sources = [...new Set(parts.map(({ peer_id }) => peer_id))];
    const { sha256, ...decision } = await verification.judge(chunk, sources, usable, signal);
    const { verdict } = decision;
    const distrusted = decision.liars.map((peer_id) => ({
      type: "distrusted" as const,
      peer_id,
      reason: CONTRADICTED,
    }));
    tellFinding(game_id, chunk, sources, decision, emit);
    if (verdict === "corrupt" || verdict === "again") {
      return [...whomToAvoid([[chunk, decision]]), { type: verdict, chunk }, ...distrusted];
    }
    for (const part of parts) emit({ event: "download-chunk-finished", game_id, ...part });
    if (chunk.path !== SENTINEL) durable.written({ ...chunk, sha256 });
    return [{ type: "verified", chunk }, ...distrusted];
  }

  /** No more chunks come: resolves when all are durable. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.ports.durable.flush(signal);
  }
}

/** Who is not to be asked for which chunks while there are others. */
export function whomToAvoid(findings: readonly (readonly [Chunk, Decision])[]): ScheduleEvent[] {
  const pairs = findings.flatMap(([chunk, { avoid }]) => avoid.map((peer_id) => ({ peer_id, chunk })));
  const by_peer = Map.groupBy(pairs, ({ peer_id }) => peer_id);
  return [...by_peer].map(([peer_id, own]) => {
    return { type: "avoid", peer_id, chunks: own.map(({ chunk }) => chunk) };
  });
}

/** Tells what people should know of a decision. */
export function tellFinding(
  game_id: GameId,
  chunk: Chunk,
  senders: readonly PeerId[],
  { verdict, voters }: Pick<Decision, "verdict" | "voters">,
  emit: (event: PeerEvent) => void,
): void {
  const { path, offset } = chunk;
  if (verdict === "corrupt") tellCorrupt(game_id, chunk, senders, emit);
  if (verdict !== "disputed") return;
  emit({ event: "download-chunk-disputed", game_id, peer_ids: [...voters], path, offset });
}

/** Of a chunk that several sent together nobody knows whose bytes were wrong: one of them sends all of it next. */
function tellCorrupt(
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
