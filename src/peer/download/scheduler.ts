/**
 * Who fetches what, and when. Pure: events and times in, actions out; no I/O, no clock.
 *
 * Participants: `chunk_book.ts` knows what is missing, `source.ts` and `source_meter.ts` each source, `forecast.ts` when
 * who would be done, `end_game.ts` what an idle source takes over.
 *
 * Goals: it starts balanced and then follows the measured speeds; every source has so much in flight that it is never
 * idle between two ranges, and small files do not cost a round trip each; nobody waits for the slowest; no byte is
 * asked for twice but those that were found to be wrong. A source that hangs loses its work and stays; one that fails
 * repeatedly, or sends wrong bytes repeatedly, is dropped with a reason. Non-goals: fetching, verifying, remembering.
 *
 * ```ts
 * import { Scheduler } from "./scheduler.ts";
 *
 * const scheduler = new Scheduler([]);
 * console.assert(scheduler.handle({ type: "tick" }, 0).length === 0 && scheduler.isDone);
 * ```
 *
 * @module
 */

import type { PeerId } from "../../proto/ids.ts";
import { CHUNK_BYTES } from "../../proto/limits.ts";
import type { Chunk } from "../../proto/manifest.ts";
import { ChunkBook, isEntire, joinParts, type Piece } from "./chunk_book.ts";
import { findTakeOver } from "./end_game.ts";
import { Forecast } from "./forecast.ts";
import type { Assignment, ScheduleAction, ScheduleEvent } from "./schedule.ts";
import { type Running, Source } from "./source.ts";

/** While a source has nothing to do, the others are looked at this often, in milliseconds. */
const LOOK_MS = 50;

type Failed = Extract<ScheduleEvent, { type: "failed" }>;

/** The state of one download. */
export class Scheduler {
  readonly #sources = new Map<PeerId, Source>();
  readonly #running = new Map<Assignment, { source: Source; range: Running }>();
  readonly #book: ChunkBook;
  readonly #distrusted = new Set<PeerId>();
  #actions: ScheduleAction[] = [];
  #next_look_ms = -Infinity;
  #wake_at_ms = Infinity;
  #in_flight_bytes = 0;

  /** The chunks of the game, and those of them that need not come again. Sources join by events. */
  constructor(chunks: Iterable<Chunk>, done: ReadonlySet<Chunk> = new Set()) {
    this.#book = new ChunkBook(chunks, done);
  }

  /** Whether every chunk is here and right. */
  get isDone(): boolean {
    return this.#book.isDone;
  }

  /** Whether chunks are missing, nothing is under way, and nobody is left to be asked. */
  get isStuck(): boolean {
    const is_idle = this.#running.size === 0 && !this.#book.hasUnjudged;
    return !this.isDone && is_idle && this.#sources.size === 0;
  }

  /** Bytes that need not come again, those of unfinished ranges included. */
  get done_bytes(): number {
    return this.#book.done_bytes + this.#in_flight_bytes;
  }

  /** The sources that are used. */
  get sources(): PeerId[] {
    return [...this.#sources.values()].filter(({ is_leaving }) => !is_leaving).map(({ peer_id }) => peer_id);
  }

  /** The same, the quickest first. */
  sourcesBySpeed(now_ms: number): PeerId[] {
    const used = [...this.#sources.values()].filter(({ is_leaving }) => !is_leaving);
    const forecast = new Forecast(used, now_ms);
    return used.sort((a, b) => forecast.rateOf(b) - forecast.rateOf(a)).map(({ peer_id }) => peer_id);
  }

  /** When `tick` has to come if nothing else happens before; `Infinity` where time alone changes nothing. */
  get wake_at_ms(): number {
    return this.#wake_at_ms;
  }

  /** Takes an event and says what is to be done now. Times never go back. */
  handle(event: ScheduleEvent, now_ms: number): readonly ScheduleAction[] {
    this.#actions = [];
    this.#take(event, now_ms);
    // Bytes alone free nothing; this is called for every block.
    const is_quiet = event.type === "bytes" || event.type === "header";
    if (!is_quiet || now_ms >= this.#wake_at_ms) this.#plan(now_ms);
    return this.#actions;
  }

  #take(event: ScheduleEvent, now_ms: number): void {
    switch (event.type) {
      case "joined":
        return this.#join(event.peer_ids);
      case "avoid":
        return this.#book.avoid(event.peer_id, event.chunks);
      case "gone":
        return this.#drop(event.peer_id, event.reason);
      case "header":
        return this.#answered(event.assignment, now_ms);
      case "bytes":
        return this.#received(event.assignment, event.count, now_ms);
      case "ended":
        return this.#ended(event.assignment, now_ms);
      case "failed":
        return this.#failed(event, now_ms);
      case "verified":
        return this.#verified(event.chunk);
      case "corrupt":
        return this.#corrupt(event.chunk);
      case "again":
        return this.#book.again(event.chunk);
      case "distrusted":
        return this.#distrust(event.peer_id, event.reason);
      case "tick":
        return;
    }
  }

  #join(peer_ids: readonly PeerId[]): void {
    for (const peer_id of peer_ids) {
      if (this.#distrusted.has(peer_id)) continue;
      if (!this.#sources.has(peer_id)) this.#sources.set(peer_id, new Source(peer_id));
    }
  }

  #answered(assignment: Assignment, now_ms: number): void {
    const { source, range } = this.#running.get(assignment) ?? {};
    if (source && range) source.meter.answered(now_ms - range.started_ms);
  }

  #received(assignment: Assignment, count: number, now_ms: number): void {
    const { source, range } = this.#running.get(assignment) ?? {};
    if (!source || !range) return;
    this.#in_flight_bytes += count;
    source.received(range, count, now_ms);
  }

  #ended(assignment: Assignment, now_ms: number): void {
    const { source, range } = this.#release(assignment, now_ms) ?? {};
    if (!source || !range) return;
    if (!range.is_cancelled) source.succeeded();
    const is_over = !range.is_cancelled || isAllHere(range);
    this.#settle(range, !range.is_discarded, is_over, now_ms);
  }

  #failed({ assignment, verdict, keeps, reason }: Failed, now_ms: number): void {
    const { source, range } = this.#release(assignment, now_ms) ?? {};
    if (!source || !range) return;
    if (verdict === "retry" || verdict === "drop") range.of.avoided.add(source.peer_id);
    this.#settle(range, keeps && !range.is_discarded, isAllHere(range), now_ms);
    if (verdict === "lost") source.wasLost(now_ms);
    const is_last = verdict === "drop" ||
      (verdict === "busy" ? source.saidBusy(now_ms) : source.failed(range, now_ms));
    if (is_last) this.#drop(source.peer_id, reason);
  }

  #release(assignment: Assignment, now_ms: number): { source: Source; range: Running } | undefined {
    const entry = this.#running.get(assignment);
    if (!entry) return undefined;
    this.#running.delete(assignment);
    this.#in_flight_bytes -= entry.range.received;
    const { source, range } = entry;
    source.end(range, now_ms);
    if (source.is_leaving && source.running.length === 0) this.#sources.delete(source.peer_id);
    return entry;
  }

  /** What came of a range is kept, and what did not come waits for somebody else. */
  #settle(range: Running, keeps: boolean, is_over: boolean, now_ms: number): void {
    const { of, assignment, received, length, is_whole } = range;
    const { path, offset, peer_id } = assignment;
    if (!keeps || (is_whole && !is_over)) return this.#book.giveBack({ of, offset, length });
    if (received > 0 || is_over) {
      const seconds = (now_ms - range.started_ms) / 1_000;
      this.#book.keep(of, { peer_id, path, offset, length: received, seconds });
    }
    if (!is_over) this.#book.giveBack({ of, offset: offset + received, length: length - received });
    else if (this.#book.close(of)) {
      this.#actions.push({ type: "check", chunk: of.chunk, parts: joinParts(of.parts) });
    }
  }

  #verified(chunk: Chunk): void {
    const [peer_id, ...others] = this.#book.done(chunk);
    const source = peer_id && this.#sources.get(peer_id);
    // It has shown that it can do it alone.
    if (source && others.length === 0) source.is_suspect = false;
  }

  #corrupt(chunk: Chunk): void {
    const sources = this.#book.redo(chunk);
    for (const peer_id of sources) {
      const source = this.#sources.get(peer_id);
      if (!source) continue;
      source.is_suspect = true;
      // Where two sent a chunk together nobody knows whose bytes were wrong: next time one sends all of it.
      if (sources.length > 1 || !source.lied()) continue;
      this.#distrust(peer_id, `it sent wrong bytes repeatedly, at last of ${chunk.path}`);
    }
  }

  /** Whatever it sent of chunks that are not complete comes again from others. */
  #distrust(peer_id: PeerId, reason: string): void {
    if (this.#distrusted.has(peer_id)) return;
    this.#distrusted.add(peer_id);
    this.#book.distrust(peer_id);
    for (const range of this.#sources.get(peer_id)?.running ?? []) {
      range.is_discarded = true;
      this.#cancel(range, "its source sent wrong bytes");
    }
    this.#leave(peer_id);
    // Also where it went away before: it must not come back.
    this.#actions.push({ type: "drop", peer_id, reason, for_good: true });
  }

  /** Nothing more is asked of the source; what is on its way may still come. */
  #drop(peer_id: PeerId, reason: string): void {
    if (this.#leave(peer_id)) this.#actions.push({ type: "drop", peer_id, reason, for_good: false });
  }

  /** Whether the source was used until now. */
  #leave(peer_id: PeerId): boolean {
    const source = this.#sources.get(peer_id);
    if (!source || source.is_leaving) return false;
    source.is_leaving = true;
    if (source.running.length === 0) this.#sources.delete(peer_id);
    return true;
  }

  #cancel(range: Running, reason: string): void {
    if (range.is_cancelled) return;
    range.is_cancelled = true;
    this.#actions.push({ type: "cancel", assignment: range.assignment, reason });
  }

  /** Hands out what waits, then lets idle sources take over what would come too late. */
  #plan(now_ms: number): void {
    const forecast = new Forecast([...this.#sources.values()], now_ms);
    while (this.#startNext(forecast));
    if (now_ms >= this.#next_look_ms) {
      this.#next_look_ms = now_ms + LOOK_MS;
      for (const source of forecast.sources) source.shareWhereHanging(now_ms);
      for (const source of forecast.inOrderOfEnd(CHUNK_BYTES)) {
        if (source.running.length === 0) this.#takeOver(source, forecast);
      }
    }
    this.#wake_at_ms = this.#nextWake(forecast);
  }

  #startNext(forecast: Forecast): boolean {
    const next = this.#book.find(() => true);
    if (!next) return false;
    for (const source of forecast.inOrderOfEnd(next.length)) {
      const piece = this.#book.find((waiting) => this.#mayTry(source, waiting));
      if (!piece || !source.hasRoom(piece.length, forecast.now_ms)) continue;
      if (this.#isBetterLeft(piece, source, forecast)) continue;
      this.#start(source, piece, forecast.now_ms);
      return true;
    }
    return false;
  }

  #isBetterLeft(piece: Piece, source: Source, forecast: Forecast): boolean {
    const others = forecast.able.filter((other) => other !== source && this.#mayTry(other, piece));
    return forecast.isBetterLeftTo(others, source, piece.length, this.#book.waiting);
  }

  #start(source: Source, piece: Piece, now_ms: number): void {
    const { of, offset, length } = piece;
    this.#book.take(piece);
    const assignment = { peer_id: source.peer_id, path: of.chunk.path, offset, length };
    const range = source.start(assignment, of, now_ms);
    this.#running.set(assignment, { source, range });
    this.#actions.push({ type: "start", assignment });
  }

  /** A source gets what failed there, or a part beside those of others that it might spoil, only when no sound one is left. */
  #mayTry(source: Source, piece: Piece): boolean {
    const { avoided, liars } = piece.of;
    const used = [...this.#sources.values()].filter(({ is_leaving }) => !is_leaving);
    if (liars.has(source.peer_id) && !used.every(({ peer_id }) => liars.has(peer_id))) return false;
    const suits = ({ peer_id, is_suspect }: Source) =>
      !avoided.has(peer_id) && !liars.has(peer_id) && (!is_suspect || isEntire(piece));
    return suits(source) || !used.some((other) => other.troubles === 0 && suits(other));
  }

  #takeOver(thief: Source, forecast: Forecast): void {
    const mayTake = (range: Running, victim: Source) => mayTakeFrom(victim, range, thief, forecast.now_ms);
    for (const { victim, range, keep } of findTakeOver(thief, forecast, mayTake)) {
      if (range.is_whole || thief.is_suspect) victim.giveUp(range);
      if (keep === 0) this.#cancel(range, "another source is faster");
      else this.#shorten(victim, range, keep, forecast.now_ms);
      if (victim.meter.isHanging(forecast.now_ms)) victim.hung(forecast.now_ms);
    }
    while (this.#startNext(forecast));
  }

  #shorten(source: Source, range: Running, keep: number, now_ms: number): void {
    const { of, assignment, length } = range;
    source.shorten(range, keep, now_ms);
    this.#actions.push({ type: "shorten", assignment, length: keep });
    this.#book.split({ of, offset: assignment.offset + keep, length: length - keep });
  }

  #nextWake({ able, sources, now_ms }: Forecast): number {
    const rests = sources.map(({ rest_until_ms }) => rest_until_ms).filter((until) => until > now_ms);
    const is_looking = this.#running.size > 0 && able.some(({ running }) => running.length === 0);
    return Math.min(is_looking ? now_ms + LOOK_MS : Infinity, ...rests);
  }
}

/** An empty range says nothing before it is over. */
function isAllHere({ length, received }: Running): boolean {
  return length > 0 && received === length;
}

/** Whether `thief` may send what is missing of a range. */
function mayTakeFrom(victim: Source, range: Running, thief: Source, now_ms: number): boolean {
  const { of: { avoided, liars, chunk }, length, is_whole } = range;
  if (avoided.has(thief.peer_id) || liars.has(thief.peer_id)) return false;
  return !is_whole && !thief.is_suspect || (length === chunk.length && victim.mayGiveUp(range, now_ms));
}
