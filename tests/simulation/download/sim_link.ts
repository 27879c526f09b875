/**
 * The way to one simulated source: requests there, bytes back, one range after another.
 *
 * @module
 */

import type { Assignment, ByteRange, ScheduleEvent } from "../../../src/peer/download/schedule.ts";
import { awakeAt, type Nature, type Transfer } from "./sim_source.ts";
import type { Timeline } from "./timeline.ts";

/** A connection without packets for this long is over. */
const IDLE_TIMEOUT_MS = 3_000;

type RangeEvent = Extract<ScheduleEvent, { assignment: Assignment }>;

/** What a link needs of its simulation. */
export interface LinkOptions {
  readonly nature: Nature;
  readonly timeline: Timeline;
  /** The source sends what fits into this time at once. */
  readonly block_ms: number;
  tell(event: ScheduleEvent): void;
}

/** One source and what is asked of it. */
export class SimLink {
  readonly #asked = new Map<Assignment, Transfer>();
  /** What the scheduler knows nothing of. */
  readonly #beside = new Map<Assignment, (came: boolean) => void>();
  /** In the order the requests arrived. */
  #queue: Transfer[] = [];
  #is_sending = false;
  /** Bytes that left the source, wanted or not. */
  sent_bytes = 0;
  /** The most requests at a time. */
  most_requests = 0;

  constructor(readonly options: LinkOptions) {
    const { nature, timeline } = options;
    for (const at_ms of nature.breaks_ms) timeline.at(at_ms, () => this.#break("the connection broke"));
    if (nature.dies_ms === Infinity) return;
    timeline.at(nature.dies_ms + IDLE_TIMEOUT_MS, () => this.#break("nothing comes any more"));
  }

  /** Ranges that are asked for and not over. */
  get asked(): readonly Transfer[] {
    return [...this.#asked.values()].filter(({ assignment }) => !this.#beside.has(assignment));
  }

  /** Asks for a range. */
  start(assignment: Assignment): void {
    const { nature, timeline } = this.options;
    const transfer = { assignment, limit: assignment.length, sent: 0, received: 0, is_over: false };
    this.#asked.set(assignment, transfer);
    this.most_requests = Math.max(this.most_requests, this.#asked.size);
    if (timeline.now_ms >= nature.dies_ms + IDLE_TIMEOUT_MS) {
      // Nobody answers the new handshake.
      const at_ms = timeline.now_ms + IDLE_TIMEOUT_MS;
      return timeline.at(at_ms, () => this.#fail(transfer, "lost", "nobody is there"));
    }
    timeline.at(timeline.now_ms + nature.latency_ms, () => this.#arrived(transfer));
  }

  /** Asks for a chunk beside what the scheduler asks for; `true` where all of it came. */
  ask({ path, offset, length }: ByteRange, onAnswer: (came: boolean) => void): void {
    const assignment = { peer_id: this.options.nature.peer_id, path, offset, length };
    this.#beside.set(assignment, onAnswer);
    this.start(assignment);
  }

  #tell(event: RangeEvent): void {
    const onAnswer = this.#beside.get(event.assignment);
    if (!onAnswer) return this.options.tell(event);
    if (event.type === "ended" || event.type === "failed") onAnswer(event.type === "ended");
  }

  #arrived(transfer: Transfer): void {
    const { nature, timeline } = this.options;
    const { now_ms } = timeline;
    if (now_ms >= nature.dies_ms || transfer.is_over) return;
    const back_ms = awakeAt(nature, now_ms) + nature.latency_ms;
    if (nature.fails) return timeline.at(back_ms, () => this.#fail(transfer, "retry", "it does not work"));
    if (nature.busy.from_ms <= now_ms && now_ms < nature.busy.to_ms) {
      return timeline.at(back_ms, () => this.#fail(transfer, "busy", "later"));
    }
    this.#queue.push(transfer);
    timeline.at(back_ms, () => {
      if (!transfer.is_over) this.#tell({ type: "header", assignment: transfer.assignment });
      if (transfer.assignment.length === 0) this.#end(transfer);
    });
    this.#sendNext();
  }

  #sendNext(): void {
    const { nature, timeline, block_ms } = this.options;
    if (this.#is_sending) return;
    this.#queue = this.#queue.filter((transfer) => transfer.sent < transfer.assignment.length);
    const transfer = this.#queue[0];
    if (!transfer || timeline.now_ms >= nature.dies_ms) return;
    const awake_ms = awakeAt(nature, timeline.now_ms);
    if (awake_ms > timeline.now_ms) {
      this.#is_sending = true;
      return timeline.at(awake_ms, () => {
        this.#is_sending = false;
        this.#sendNext();
      });
    }
    this.#send(
      transfer,
      Math.min(transfer.assignment.length - transfer.sent, Math.ceil(nature.rate * block_ms)),
    );
  }

  #send(transfer: Transfer, count: number): void {
    const { nature, timeline } = this.options;
    this.#is_sending = true;
    timeline.at(timeline.now_ms + count / nature.rate, () => {
      this.#is_sending = false;
      if (timeline.now_ms < nature.dies_ms && this.#queue.includes(transfer)) {
        transfer.sent += count;
        this.sent_bytes += count;
        timeline.at(timeline.now_ms + nature.latency_ms, () => this.#received(transfer, count));
      }
      this.#sendNext();
    });
  }

  #received(transfer: Transfer, count: number): void {
    if (transfer.is_over) return;
    const wanted = Math.min(count, transfer.limit - transfer.received);
    transfer.received += wanted;
    this.#tell({ type: "bytes", assignment: transfer.assignment, count: wanted });
    if (transfer.received === transfer.limit) this.#end(transfer);
  }

  #end(transfer: Transfer): void {
    if (!this.#giveUp(transfer)) return;
    this.#tell({ type: "ended", assignment: transfer.assignment });
  }

  #fail(transfer: Transfer, verdict: "busy" | "lost" | "retry", reason: string): void {
    if (!this.#giveUp(transfer)) return;
    this.#tell({ type: "failed", assignment: transfer.assignment, verdict, keeps: true, reason });
  }

  /** The receiving end wants no more of it; the source hears that later. */
  #giveUp(transfer: Transfer): boolean {
    const { timeline, nature } = this.options;
    if (transfer.is_over) return false;
    transfer.is_over = true;
    this.#asked.delete(transfer.assignment);
    timeline.at(timeline.now_ms + nature.latency_ms, () => {
      this.#queue = this.#queue.filter((other) => other !== transfer);
    });
    return true;
  }

  #break(reason: string): void {
    this.#queue = [];
    for (const transfer of [...this.#asked.values()]) this.#fail(transfer, "lost", reason);
  }

  /** Only the beginning of a range is wanted still. */
  shorten(assignment: Assignment, length: number): void {
    const transfer = this.#asked.get(assignment);
    if (transfer) transfer.limit = length;
  }

  /** Nothing more of a range is wanted. */
  cancel(assignment: Assignment): void {
    const { timeline } = this.options;
    const transfer = this.#asked.get(assignment);
    if (transfer) timeline.at(timeline.now_ms, () => this.#end(transfer));
  }
}
