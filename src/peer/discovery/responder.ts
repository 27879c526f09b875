/**
 * Tells one interface about this peer: announcements, answers, goodbyes, at the pace that RFC 6762 asks for.
 *
 * It keeps no loop of its own: it puts "announce" and "answer" into the link's timetable and is called when they
 * are due.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { askedRecords, legacyResponse, responseWith } from "./answers.ts";
import type { DnsPacket, DnsRecord, DnsSource, OutgoingPacket } from "./packet.ts";
import type { Announcement } from "./port.ts";
import { goodbyeOf, recordsOf } from "./records.ts";
import type { Timetable } from "./timetable.ts";

/** No record is sent to everyone more often than this (RFC 6762, section 6). */
export const MULTICAST_PAUSE_MS = 1_000;
/** Announcements are sent this often (RFC 6762, section 8.3). */
const ANNOUNCEMENTS = 2;
/** Answers wait a random time, so that those of many peers don't collide (RFC 6762, section 6). */
const ANSWER_DELAY_MS = [20, 120] as const;
/** The flag of a response that comes from the owner of its records. */
const AUTHORITATIVE = 0x0400;

/** What a responder needs. */
export interface ResponderContext {
  readonly clock: Clock;
  readonly timetable: Timetable<"announce" | "answer" | "browse" | "refresh">;
  readonly interface_ip: string;
  announcement(): Announcement;
  /** To everyone, or to one address. Rejects where the system refuses. */
  send(packet: OutgoingPacket, to?: DnsSource): Promise<void>;
}

/** The answering half of a link. */
export class Responder {
  readonly #context: ResponderContext;
  #announcements_left = ANNOUNCEMENTS;
  #multicast_at = -Infinity;
  #last_legacy = { key: "", at: -Infinity };
  /** Names and types of the records that the next answer holds. */
  readonly #asked = new Set<string>();

  constructor(context: ResponderContext) {
    this.#context = context;
  }

  /** Has the current data announced, as soon as allowed and again a second later. */
  announceSoon(): void {
    this.#announcements_left = ANNOUNCEMENTS;
    this.#context.timetable.setEarlier("announce", Math.max(this.#context.clock.now(), this.#allowedAt()));
  }

  /** Announces now. */
  async announce(): Promise<void> {
    await this.#respond({ answers: this.#records() });
    if (--this.#announcements_left > 0) this.#context.timetable.set("announce", this.#allowedAt());
  }

  /** Withdraws what `announcement` told. A goodbye that can't be sent is of no interest. */
  async sayGoodbye(announcement: Announcement): Promise<void> {
    const answers = goodbyeOf(announcement, this.#context.interface_ip);
    await this.#context.send({ type: "response", flags: AUTHORITATIVE, answers }).catch(() => {});
  }

  /** Notes what a multicast query asks for. */
  note(query: DnsPacket, source: DnsSource): void {
    const asked = askedRecords(query, this.#records());
    if (asked.length === 0) return;
    for (const record of asked) this.#asked.add(keyOf(record));
    const [least_ms, most_ms] = ANSWER_DELAY_MS;
    const polite_at = this.#context.clock.now() + least_ms + Math.random() * (most_ms - least_ms);
    this.#context.timetable.setEarlier("answer", Math.max(polite_at, this.#allowedAt()));
    if (this.#allowedAt() > polite_at) this.#answerAlone(asked, source);
  }

  /** Answers what was noted, to everyone. */
  async answer(): Promise<void> {
    const records = this.#records();
    const answers = records.filter((record) => this.#asked.has(keyOf(record)));
    this.#asked.clear();
    if (answers.length > 0) await this.#respond(responseWith(answers, records));
  }

  /** Answers a plain DNS client, at once and to it alone; once, however many sockets heard it. */
  answerLegacy(query: DnsPacket, source: DnsSource): void {
    const key = `${source.address}:${source.port}:${query.id}`;
    const at = this.#context.clock.now();
    if (key === this.#last_legacy.key && at - this.#last_legacy.at < MULTICAST_PAUSE_MS) return;
    const response = legacyResponse(query, this.#records());
    if (!response) return;
    this.#last_legacy = { key, at };
    this.#sendTo(source, { id: query.id, ...response });
  }

  /** A newcomer need not wait until the records may be sent to everyone again. */
  #answerAlone(answers: DnsRecord[], source: DnsSource): void {
    this.#sendTo(source, responseWith(answers, this.#records()));
  }

  /** Where the asker went away, its answer is of no interest. */
  #sendTo(source: DnsSource, response: Omit<OutgoingPacket, "type">): void {
    this.#context.send({ type: "response", flags: AUTHORITATIVE, ...response }, source).catch(() => {});
  }

  async #respond(response: Omit<OutgoingPacket, "type">): Promise<void> {
    this.#multicast_at = this.#context.clock.now();
    await this.#context.send({ type: "response", flags: AUTHORITATIVE, ...response });
  }

  #allowedAt(): number {
    return this.#multicast_at + MULTICAST_PAUSE_MS;
  }

  #records(): DnsRecord[] {
    return recordsOf(this.#context.announcement(), this.#context.interface_ip);
  }
}

function keyOf(record: DnsRecord): string {
  return `${record.type} ${record.name}`;
}
