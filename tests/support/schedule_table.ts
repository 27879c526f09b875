/**
 * A scheduler on the table: a test plays the sources by hand, at times of its own.
 *
 * ```ts ignore
 * const table = new ScheduleTable(new Scheduler(chunks));
 * table.tell({ type: "joined", peer_ids: [alice] });
 * table.finish(table.running[0], 50);
 * ```
 *
 * @module
 */

import type {
  Assignment,
  FailureVerdict,
  Part,
  ScheduleAction,
  ScheduleEvent,
} from "../../src/peer/download/schedule.ts";
import type { Scheduler } from "../../src/peer/download/scheduler.ts";
import type { PeerId } from "../../src/proto/ids.ts";

interface Range {
  wanted: number;
  received: number;
}

/** Carries out what the scheduler says, and remembers it. */
export class ScheduleTable {
  readonly #ranges = new Map<Assignment, Range>();
  /** What was said, in order. */
  readonly all: ScheduleAction[] = [];
  /** The parts of the chunks that were found to be right. */
  readonly parts: Part[] = [];
  #verdict: "verified" | "corrupt" | "again" = "verified";
  now_ms = 0;

  constructor(readonly scheduler: Scheduler) {}

  /** The ranges that are asked for, in order. */
  get running(): Assignment[] {
    return [...this.#ranges.keys()];
  }

  /** Bytes of the chunks that were found to be right. */
  get committed(): number {
    return this.parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** The ranges that one source is asked for. */
  of(peer_id: PeerId): Assignment[] {
    return this.running.filter((range) => range.peer_id === peer_id);
  }

  /** The actions of one kind so far. */
  actions<T extends ScheduleAction["type"]>(type: T): Extract<ScheduleAction, { type: T }>[] {
    return this.all.filter((action): action is Extract<ScheduleAction, { type: T }> => action.type === type);
  }

  /** How much of a range came. */
  received(assignment: Assignment): number {
    return this.#ranges.get(assignment)?.received ?? 0;
  }

  /** Tells an event, now. */
  tell(event: ScheduleEvent): void {
    if (event.type === "ended" || event.type === "failed") this.#ranges.delete(event.assignment);
    for (const action of this.scheduler.handle(event, this.now_ms)) this.#act(action);
  }

  #act(action: ScheduleAction): void {
    this.all.push(action);
    const range = "assignment" in action ? this.#ranges.get(action.assignment) : undefined;
    if (action.type === "start") {
      this.#ranges.set(action.assignment, { wanted: action.assignment.length, received: 0 });
    } else if (action.type === "shorten" && range) range.wanted = action.length;
    else if (action.type === "check") {
      if (this.#verdict === "verified") this.parts.push(...action.parts);
      this.tell({ type: this.#verdict, chunk: action.chunk });
    }
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.now_ms += ms;
    this.tell({ type: "tick" });
  }

  /** Lets time pass until the scheduler wants to be asked. */
  waitForWake(): void {
    const ms = this.scheduler.wake_at_ms - this.now_ms;
    if (!Number.isFinite(ms)) throw new Error("it waits for nothing");
    this.wait(Math.max(0, ms));
  }

  /** The source begins to answer after a while. */
  begin(assignment: Assignment, ms: number): void {
    this.now_ms += ms;
    this.tell({ type: "header", assignment });
  }

  /** Bytes of a range come, now. What is complete by this is over. */
  send(assignment: Assignment | undefined, count: number): void {
    const range = assignment && this.#ranges.get(assignment);
    if (!range) return;
    const wanted = Math.floor(Math.min(count, range.wanted - range.received));
    range.received += wanted;
    this.tell({ type: "bytes", assignment, count: wanted });
    if (range.received === range.wanted) this.tell({ type: "ended", assignment });
  }

  /** The rest of a range comes after a while, and its chunk is right or not. */
  finish(
    assignment: Assignment | undefined,
    ms: number,
    verdict: "verified" | "corrupt" | "again" = "verified",
  ): void {
    this.now_ms += ms;
    this.#verdict = verdict;
    this.send(assignment, Infinity);
    this.#verdict = "verified";
  }

  /** Everything that is asked for comes, one range after another. */
  finishAll(ms: number): void {
    for (let [range] = this.running; range; [range] = this.running) this.finish(range, ms);
  }

  /** A range fails, now. */
  fail(assignment: Assignment | undefined, verdict: FailureVerdict, keeps = true): void {
    if (assignment) this.tell({ type: "failed", assignment, verdict, keeps, reason: "it failed" });
  }

  /** Ends what is cancelled. */
  obey(): void {
    for (const { assignment } of this.actions("cancel")) {
      if (this.#ranges.has(assignment)) this.tell({ type: "ended", assignment });
    }
  }
}
