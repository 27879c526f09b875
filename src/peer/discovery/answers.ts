/**
 * Which records answer a query, decided from the query and the own records alone.
 *
 * @module
 */

import {
  type DnsAnswer,
  type DnsPacket,
  type DnsQuestion,
  type DnsRecord,
  foldName,
  sameName,
} from "./packet.ts";
import { SERVICE_LIST } from "./records.ts";

/** What is put into a response. */
export interface Response {
  answers: DnsRecord[];
  additionals: DnsRecord[];
}

/** A unicast answer holds for at most this many seconds (RFC 6762, section 6.7). */
const LEGACY_TTL_S = 10;
/** The class "IN" with the bit that asks for unicast (RFC 6762, section 5.4), as the decoder names it. */
const CLASSES = new Set(["IN", "ANY", "UNKNOWN_32769"]);

/** The records of `own` that `query` asks for and does not know already. */
export function askedRecords(query: DnsPacket, own: readonly DnsRecord[]): DnsRecord[] {
  // A hostile packet may hold thousands of questions and answers; each own record is looked up once.
  const asked = new Set(
    query.questions.filter(isInternet).map((question) => keyOf(question.type, question.name)),
  );
  const matches = own.filter((record) =>
    asked.has(keyOf(record.type, record.name)) || asked.has(keyOf("ANY", record.name))
  );
  return matches.filter((record) => !query.answers.some((known) => isKnown(known, record)));
}

/** Completes `answers` with what the asker will want next (RFC 6763, section 12). */
export function responseWith(answers: DnsRecord[], own: readonly DnsRecord[]): Response {
  const listed = answers.every((record) => record.name === SERVICE_LIST);
  const additionals = listed
    ? []
    : own.filter((record) => record.type !== "PTR" && !answers.includes(record));
  return { answers, additionals };
}

/** The answer for a plain DNS client: its questions repeated, short lifetimes, no cache-flush bits. */
export function legacyResponse(
  query: DnsPacket,
  own: readonly DnsRecord[],
): (Response & { questions: DnsQuestion[] }) | undefined {
  const { answers, additionals } = responseWith(askedRecords({ ...query, answers: [] }, own), own);
  if (answers.length === 0) return undefined;
  const questions = query.questions.filter((question) =>
    isInternet(question) && own.some((record) => sameName(record.name, question.name))
  ).slice(0, 8).map(({ name, type }) => ({ name, type, class: "IN" }));
  return { questions, answers: answers.map(shorten), additionals: additionals.map(shorten) };
}

function shorten(record: DnsRecord): DnsRecord {
  return { ...record, ttl: Math.min(record.ttl, LEGACY_TTL_S), flush: false };
}

function isInternet(question: DnsQuestion): boolean {
  return CLASSES.has(question.class ?? "IN");
}

function keyOf(type: string, name: string): string {
  return `${type} ${foldName(name)}`;
}

/**
 * Known-answer suppression (RFC 6762, section 7.1) for the pointers. The other records are unique to this peer,
 * and who asks for them wants them refreshed.
 */
function isKnown(known: DnsAnswer, record: DnsRecord): boolean {
  if (record.type !== "PTR" || known.type !== "PTR" || typeof known.data !== "string") return false;
  if (!sameName(known.name, record.name) || !sameName(known.data, record.data)) return false;
  return (known.ttl ?? 0) * 2 >= record.ttl;
}
