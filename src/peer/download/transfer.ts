/**
 * Moves the chunks of a game: carries out what the scheduler says, and tells it what comes of it.
 *
 * Participants: `scheduler.ts` decides, `range_task.ts` fetches, `chunk_finish.ts` takes complete chunks,
 * `source_pool.ts` finds sources that turn up later, `progress_teller.ts` tells how far it is.
 *
 * @module
 */

import { isCode, LanspreadError, messageOf } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import type { PeerId } from "../../proto/ids.ts";
import { type Chunk, type Manifest, SENTINEL } from "../../proto/manifest.ts";
import { ChunkFinish } from "./chunk_finish.ts";
import { DurableChunks } from "./durable_chunks.ts";
import { isLocal, isLost, verdictOn } from "./failures.ts";
import type { JournalEntry } from "./journal.ts";
import type { GameFiles } from "./game_files.ts";
import type { PeerEvent } from "../events.ts";
import type { ProgressTeller } from "./progress_teller.ts";
import { type RangePorts, RangeTask } from "./range_task.ts";
import type { Assignment, Part, ScheduleAction, ScheduleEvent } from "./schedule.ts";
import type { Scheduler } from "./scheduler.ts";
import { FileSink, type MemoryFile, type RangeSink, syncFile } from "./sinks.ts";
import type { SourcePool, SourcePoolPorts } from "./source_pool.ts";
import type { Verification } from "./verification.ts";

/** What a transfer needs of the rest of the peer. */
export interface TransferPorts extends SourcePoolPorts, Pick<RangePorts, "connectionTo" | "limiter"> {
  emit(event: PeerEvent): void;
  /** Bytes came from the peer: it is alive. */
  heard(peer_id: PeerId, bytes: number): void;
  /** A peer is not used, or not any more. */
  onRejected(peer_id: PeerId, reason: string): void;
}

/** What is moved, from whom, and where to. */
export interface TransferOrder {
  readonly manifest: Manifest;
  readonly sources: readonly PeerId[];
  readonly scheduler: Scheduler;
  readonly files: GameFiles;
  /** Where the sentinel waits until it is committed. */
  readonly sentinel: MemoryFile;
  readonly verification: Verification;
  /** Who turns up later; it remembers who is of no use. */
  readonly pool: SourcePool;
  readonly journal: Pick<JournalEntry, "doubt" | "record">;
  readonly teller: ProgressTeller;
}

/** Fetches every chunk. Throws `peers_gone`, `download_failed`, `manifest_changed`, `io`, `disk_full` and the signal's reason. */
export async function transfer(
  order: TransferOrder,
  ports: TransferPorts,
  signal: AbortSignal,
): Promise<void> {
  await using scope = new Scope({ parent: signal });
  const running = new Transfer(order, ports, scope);
  running.begin();
  await scope.join();
  signal.throwIfAborted();
  if (!order.scheduler.isDone) throw running.sourcesGone();
}

class Transfer {
  readonly #tasks = new Map<Assignment, RangeTask>();
  readonly #finish: ChunkFinish;
  /** Aborts when there is nothing left to be fetched, or nobody to fetch it from. */
  readonly #over = new AbortController();
  #timer: { readonly at_ms: number; readonly stop: AbortController } | undefined;
  /** Why each source failed last. */
  readonly #errors = new Map<PeerId, unknown>();
  /** Whether some source was dropped for another reason than being out of reach. */
  #was_refused = false;
  /** Whether some source's files changed meanwhile. */
  #has_changed = false;
  #last_reason = "nobody";

  constructor(readonly order: TransferOrder, readonly ports: TransferPorts, readonly scope: Scope) {
    const { manifest, files, verification, journal } = order;
    const { clock } = ports;
    const sync = (path: string) => syncFile(files.placeOf(path));
    const durable = new DurableChunks({ clock, scope, journal, sync });
    this.#finish = new ChunkFinish({
      game_id: manifest.game_id,
      verification,
      durable,
      usable: () => order.scheduler.sourcesBySpeed(clock.now()),
      emit: (event) => ports.emit(event),
    });
  }

  begin(): void {
    const { pool, scheduler } = this.order;
    const user = {
      isUsed: (peer_id: PeerId) => scheduler.sources.includes(peer_id),
      onFound: (peer_id: PeerId) => this.#untilOver("new source", (signal) => this.#join([peer_id], signal)),
    };
    this.#untilOver("sources", (signal) => pool.watch(user, signal));
    this.#untilOver("first sources", (signal) => this.#join(this.order.sources, signal));
  }

  /** Sources are asked for their hashes first: what one of them has wrong is not fetched from it. */
  async #join(peer_ids: readonly PeerId[], signal: AbortSignal): Promise<void> {
    const { verification, pool } = this.order;
    await verification.ask(peer_ids, signal);
    for (const peer_id of peer_ids) {
      const chunks = verification.wrongAt(peer_id);
      if (chunks.length > 0) this.#tell({ type: "avoid", peer_id, chunks });
    }
    for (const peer_id of peer_ids) pool.used(peer_id);
    this.#tell({ type: "joined", peer_ids });
  }

  /** Runs something that ends with the transfer. */
  #untilOver(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#over;
    this.scope.spawn(name, (outer) =>
      task(AbortSignal.any([outer, signal])).catch((error) => {
        if (!signal.aborted) throw error;
      }));
  }

  #tell(event: ScheduleEvent): void {
    const { scheduler } = this.order;
    if (this.scope.signal.aborted) return;
    for (const action of scheduler.handle(event, this.ports.clock.now())) this.#act(action);
    if (scheduler.isDone || scheduler.isStuck) this.#end();
    else this.#wakeAt(scheduler.wake_at_ms);
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.scope.spawn("last chunks", (signal) => this.#finish.flush(signal));
  }

  #act(action: ScheduleAction): void {
    switch (action.type) {
      case "start":
        return this.#start(action.assignment);
      case "shorten":
        return this.#tasks.get(action.assignment)?.shorten(action.length);
      case "cancel":
        return this.#tasks.get(action.assignment)?.cancel(action.reason);
      case "check":
        return this.#check(action.chunk, action.parts);
      case "drop":
        return this.#dropped(action.peer_id, action.reason, action.for_good);
    }
  }

  #start(assignment: Assignment): void {
    const task = new RangeTask(assignment, {
      manifest: this.order.manifest,
      limiter: this.ports.limiter,
      connectionTo: (peer_id, signal) => this.ports.connectionTo(peer_id, signal),
      openSink: ({ path, offset }) => this.#openSink(path, offset),
      onHeader: () => this.#tell({ type: "header", assignment }),
      onWritten: (count) => this.#written(assignment, count),
    });
    this.#tasks.set(assignment, task);
    this.scope.spawn("range", async (signal) => {
      const end = await this.#run(task, signal).finally(() => this.#tasks.delete(assignment));
      this.#tell(end);
    });
  }

  async #openSink(path: string, offset: number): Promise<RangeSink> {
    const { files, sentinel } = this.order;
    return path === SENTINEL ? sentinel.sinkAt(offset) : await FileSink.open(files.placeOf(path), offset);
  }

  async #run(task: RangeTask, signal: AbortSignal): Promise<ScheduleEvent> {
    const { assignment } = task;
    try {
      await task.run(signal);
      return { type: "ended", assignment };
    } catch (error) {
      signal.throwIfAborted();
      if (isLocal(error)) throw error;
      return task.isCancelled ? { type: "ended", assignment } : this.#failure(assignment, error);
    }
  }

  #failure(assignment: Assignment, error: unknown): ScheduleEvent {
    const { peer_id } = assignment;
    this.#errors.set(peer_id, error);
    if (isCode(error, "manifest_changed")) this.#changed(peer_id);
    const is_gone = isLost(error) && !this.ports.sourcesOf(this.order.manifest).includes(peer_id);
    const verdict = is_gone ? "drop" : verdictOn(error);
    return { type: "failed", assignment, verdict, keeps: isLost(error), reason: messageOf(error) };
  }

  /** Its bytes of before and of now must not meet, neither in this try nor in a later one. */
  #changed(peer_id: PeerId): void {
    this.#has_changed = true;
    this.order.pool.dropped(peer_id, true);
    this.order.journal.doubt();
  }

  #written(assignment: Assignment, count: number): void {
    this.ports.heard(assignment.peer_id, count);
    this.#tell({ type: "bytes", assignment, count });
    this.order.teller.received(assignment.peer_id, count);
  }

  #check(chunk: Chunk, parts: readonly Part[]): void {
    this.scope.spawn("check", async (signal) => {
      for (const event of await this.#finish.complete(chunk, parts, signal)) this.#tell(event);
    });
  }

  #dropped(peer_id: PeerId, reason: string, for_good: boolean): void {
    this.#was_refused ||= !isLost(this.#errors.get(peer_id));
    this.#last_reason = reason;
    this.order.pool.dropped(peer_id, for_good);
    if (for_good) this.order.verification.distrust(peer_id);
    this.ports.onRejected(peer_id, reason);
  }

  /** Sees to it that the scheduler is asked again at this time, if not before. */
  #wakeAt(at_ms: number): void {
    if (at_ms === Infinity || (this.#timer && this.#timer.at_ms <= at_ms)) return;
    this.#timer?.stop.abort();
    const timer = { at_ms, stop: new AbortController() };
    this.#timer = timer;
    this.#untilOver("timer", async (signal) => {
      const either = AbortSignal.any([signal, timer.stop.signal]);
      const pause_ms = Math.max(0, at_ms - this.ports.clock.now());
      const is_due = await this.ports.clock.sleep(pause_ms, either).then(() => true, () => false);
      if (!is_due) return;
      this.#timer = undefined;
      this.#tell({ type: "tick" });
    });
  }

  /** Why not everything is here. */
  sourcesGone(): LanspreadError {
    const { game_id } = this.order.manifest;
    const cause = [...this.#errors.values()].at(-1);
    if (this.#has_changed) {
      const message = `Cannot download ${game_id}: its sources' files change while they are read; try again`;
      return new LanspreadError("manifest_changed", message, { cause });
    }
    if (!this.#was_refused) {
      return new LanspreadError("peers_gone", `All sources of ${game_id} are gone`, { cause });
    }
    return new LanspreadError(
      "download_failed",
      `Cannot download ${game_id}: no source is left; the last one said: ${this.#last_reason}`,
      { cause },
    );
  }
}
