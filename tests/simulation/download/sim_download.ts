/**
 * One simulated download: the real scheduler, sources in virtual time, and what has to hold of every download.
 *
 * ```ts ignore
 * const { failure } = simulateDownload(worldOf(4711));
 * ```
 *
 * @module
 */

import type { Part, ScheduleAction, ScheduleEvent } from "../../../src/peer/download/schedule.ts";
import { Scheduler } from "../../../src/peer/download/scheduler.ts";
import type { PeerId } from "../../../src/proto/ids.ts";
import type { Chunk } from "../../../src/proto/manifest.ts";
import { Ledger } from "./ledger.ts";
import { SimCourt } from "./sim_court.ts";
import { SimLink } from "./sim_link.ts";
import { Timeline } from "./timeline.ts";
import type { World } from "./world.ts";

/** What is hashed in a millisecond, in bytes. */
const HASH_RATE = 2 * 1024 * 1024;
const MAX_STEPS = 1_000_000;

/** What came of one download. */
export interface Result {
  /** `undefined` where all sources were lost first. */
  readonly total_ms: number | undefined;
  readonly ledger: Ledger;
  /** When sources were dropped. */
  readonly dropped_ms: ReadonlyMap<PeerId, number>;
  readonly trace: readonly string[];
}

/** Runs a download to its end. Throws what does not hold. */
export function simulateDownload(world: World): Result {
  return new SimDownload(world).run();
}

class SimDownload {
  readonly #timeline = new Timeline();
  readonly #scheduler: Scheduler;
  readonly #ledger: Ledger;
  readonly #court: SimCourt | undefined;
  readonly #links = new Map<PeerId, SimLink>();
  readonly #dropped_ms = new Map<PeerId, number>();
  readonly #trace: string[] = [];
  #planned_wake_ms = Infinity;
  #done_bytes = 0;

  constructor(readonly world: World) {
    this.#scheduler = new Scheduler(world.chunks, world.done);
    this.#ledger = new Ledger(world);
    this.#court = world.votes && new SimCourt({
      world,
      votes: world.votes,
      ledger: this.#ledger,
      usable: () => this.#scheduler.sourcesBySpeed(this.#timeline.now_ms),
      ask: (peer_id, chunk, onAnswer) => this.#linkOf(peer_id).ask(chunk, onAnswer),
      tell: (event) => this.#tell(event),
    });
    const joins = Map.groupBy(world.natures, ({ joins_ms }) => joins_ms);
    for (const [at_ms, natures] of joins) {
      const peer_ids = natures.map(({ peer_id }) => peer_id);
      this.#timeline.at(at_ms, () => {
        for (const event of this.#court?.joined(peer_ids) ?? []) this.#tell(event);
        this.#tell({ type: "joined", peer_ids });
      });
    }
  }

  run(): Result {
    for (let steps = 0; !this.#scheduler.isDone; steps++) {
      if (!this.#timeline.step()) break;
      if (steps > MAX_STEPS) throw new Error("it does not come to an end");
    }
    const { isDone } = this.#scheduler;
    const will_join = this.world.natures.some(({ joins_ms }) => joins_ms > this.#timeline.now_ms);
    if (!isDone && !this.#scheduler.isStuck && !will_join) throw new Error("it hangs with sources left");
    if (isDone) this.#ledger.close();
    const sent = new Map([...this.#links].map(([peer_id, { sent_bytes }]) => [peer_id, sent_bytes]));
    this.#ledger.sent = sent;
    const total_ms = isDone ? this.#timeline.now_ms : undefined;
    return { total_ms, ledger: this.#ledger, dropped_ms: this.#dropped_ms, trace: this.#trace };
  }

  #tell(event: ScheduleEvent): void {
    const { now_ms } = this.#timeline;
    if (event.type !== "bytes" && event.type !== "tick") this.#note(event);
    const actions = this.#scheduler.handle(event, now_ms);
    for (const action of actions) this.#act(action);
    this.#checkProgress(event);
    this.#planWake();
  }

  #checkProgress({ type }: ScheduleEvent): void {
    const { done_bytes } = this.#scheduler;
    if (done_bytes < this.#done_bytes && (type === "bytes" || type === "ended")) {
      const is_discarded = this.#dropped_ms.size > 0 ||
        this.#ledger.corrupt_bytes + this.#ledger.disputed_bytes > 0;
      if (!is_discarded) throw new Error(`progress went back from ${this.#done_bytes} to ${done_bytes}`);
    }
    if (done_bytes > this.world.total_bytes) throw new Error("more than everything is done");
    this.#done_bytes = done_bytes;
  }

  #planWake(): void {
    const { wake_at_ms } = this.#scheduler;
    if (wake_at_ms === Infinity || wake_at_ms === this.#planned_wake_ms) return;
    this.#planned_wake_ms = wake_at_ms;
    this.#timeline.at(wake_at_ms, () => {
      if (this.#planned_wake_ms !== wake_at_ms) return;
      this.#planned_wake_ms = Infinity;
      this.#tell({ type: "tick" });
    });
  }

  #act(action: ScheduleAction): void {
    this.#note(action);
    switch (action.type) {
      case "start":
        if (this.#dropped_ms.has(action.assignment.peer_id)) throw new Error("a dropped source is asked");
        this.#ledger.starts(action.assignment, [...this.#links.values()].flatMap(({ asked }) => asked));
        return this.#linkOf(action.assignment.peer_id).start(action.assignment);
      case "shorten":
        return this.#linkOf(action.assignment.peer_id).shorten(action.assignment, action.length);
      case "cancel":
        return this.#linkOf(action.assignment.peer_id).cancel(action.assignment);
      case "check":
        return this.#check(action.chunk, action.parts);
      case "drop":
        if (action.for_good) this.#court?.distrust(action.peer_id);
        return void this.#dropped_ms.set(action.peer_id, this.#timeline.now_ms);
    }
  }

  #check(chunk: Chunk, parts: readonly Part[]): void {
    this.#ledger.checks(chunk, parts);
    this.#timeline.at(this.#timeline.now_ms + chunk.length / HASH_RATE, () => {
      if (this.#court) return this.#court.judge(chunk, parts);
      const is_right = this.#ledger.isRight(chunk, parts);
      this.#ledger.judged(chunk, parts, is_right ? "kept" : "corrupt");
      this.#tell({ type: is_right ? "verified" : "corrupt", chunk });
    });
  }

  #linkOf(peer_id: PeerId): SimLink {
    const known = this.#links.get(peer_id);
    if (known) return known;
    const nature = this.world.natures.find((other) => other.peer_id === peer_id);
    if (!nature) throw new Error(`there is no ${peer_id}`);
    const { block_ms } = this.world;
    const tell = (event: ScheduleEvent) => this.#tell(event);
    const link = new SimLink({ nature, timeline: this.#timeline, block_ms, tell });
    this.#links.set(peer_id, link);
    return link;
  }

  #note(what: ScheduleEvent | ScheduleAction): void {
    if (this.world.is_traced) this.#trace.push(`${Math.round(this.#timeline.now_ms)} ${told(what)}`);
  }
}

function told(what: ScheduleEvent | ScheduleAction): string {
  const words: unknown[] = [what.type];
  if ("assignment" in what) {
    const { peer_id, path, offset, length } = what.assignment;
    words.push(`from ${peer_id.slice(-3)}: ${path} ${offset}+${length}`);
  }
  if ("length" in what) words.push(`to ${what.length}`);
  if ("peer_id" in what) words.push(what.peer_id.slice(-3));
  if ("chunk" in what) words.push(`${what.chunk.path} ${what.chunk.offset}+${what.chunk.length}`);
  if ("reason" in what) words.push(what.reason);
  return words.join(" ");
}
