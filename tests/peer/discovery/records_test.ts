import fc from "fast-check";
import { askedRecords, legacyResponse } from "../../../src/peer/discovery/answers.ts";
import type { DnsAnswer, DnsPacket, DnsRecord } from "../../../src/peer/discovery/packet.ts";
import type { Announcement } from "../../../src/peer/discovery/port.ts";
import { browseInterval, browseQuery } from "../../../src/peer/discovery/queries.ts";
import {
  cutUtf8,
  goodbyeOf,
  instanceName,
  recordsOf,
  SERVICE,
  SERVICE_LIST,
} from "../../../src/peer/discovery/records.ts";
import { readSightings } from "../../../src/peer/discovery/sightings.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const OWN = PeerId.parse("00000000-0000-4000-8000-000000000000");
const ANNOUNCEMENT: Announcement = {
  peer_id: PeerId.parse("3f2a81c0-1111-4222-8333-444444444444"),
  name: "Ada's PC",
  proto_ver: 1,
  library_rev: 7,
  port: 5477,
};
const IP = "192.168.1.9";
const LISTENER = { own_id: OWN, interface_ip: "192.168.1.5" };
const SEEN = {
  peer_id: ANNOUNCEMENT.peer_id,
  name: "Ada's PC",
  proto_ver: 1,
  library_rev: 7,
  addr: `${IP}:5477`,
};

/** What a decoder makes of records: TXT strings are bytes. */
function received(records: readonly DnsRecord[]): DnsAnswer[] {
  return records.map((record) =>
    record.type === "TXT"
      ? { ...record, data: record.data.map((text) => new TextEncoder().encode(text)) }
      : record
  );
}

function withTxt(change: (texts: string[]) => string[]): DnsAnswer[] {
  const changed = recordsOf(ANNOUNCEMENT, IP).map((record) =>
    record.type === "TXT" ? { ...record, data: change(record.data) } : record
  );
  return received(changed);
}

function without(type: string): DnsAnswer[] {
  return received(recordsOf(ANNOUNCEMENT, IP)).filter((record) => record.type !== type);
}

function query(name: string, type: string, answers: DnsAnswer[] = [], dns_class = "IN"): DnsPacket {
  const questions = [{ name, type, class: dns_class }];
  return { id: 3, type: "query", opcode: "QUERY", rcode: "NOERROR", questions, answers, additionals: [] };
}

Deno.test("readSightings() reads what recordsOf() wrote", () => {
  const [sighting, ...others] = readSightings(received(recordsOf(ANNOUNCEMENT, IP)), LISTENER);
  assertEquals(others, []);
  assertEquals(sighting as unknown, { peer: SEEN, instance: instanceName(ANNOUNCEMENT), ttl_s: 120 });
});

Deno.test("readSightings() reads a goodbye as a lifetime of 0", () => {
  assertEquals(readSightings(received(goodbyeOf(ANNOUNCEMENT, IP)), LISTENER)[0]?.ttl_s, 0);
});

Deno.test("readSightings() never reports oneself", () => {
  const records = received(recordsOf(ANNOUNCEMENT, IP));
  assertEquals(readSightings(records, { ...LISTENER, own_id: ANNOUNCEMENT.peer_id }), []);
});

for (
  const [what, records] of [
    ["no TXT", without("TXT")],
    ["no SRV", without("SRV")],
    ["no address", without("A")],
    ["no peer_id", withTxt((texts) => texts.filter((text) => !text.startsWith("peer_id")))],
    [
      "a peer_id that is none",
      withTxt(() => ["peer_id=../../etc", "proto_ver=1", "library_rev=1", "name=x"]),
    ],
    ["a name with a control character", withTxt((texts) => [...texts.slice(0, 3), "name=a\u0007b"])],
    [
      "a revision beyond every number",
      withTxt((t) => t.map((s) => s.replace("library_rev=7", "library_rev=9999999999999999"))),
    ],
    ["a negative version", withTxt((texts) => texts.map((s) => s.replace("proto_ver=1", "proto_ver=-1")))],
    ["a loopback address from a network", received(recordsOf(ANNOUNCEMENT, "127.0.0.1"))],
    ["a multicast address", received(recordsOf(ANNOUNCEMENT, "224.0.0.251"))],
    ["an address that is none", received(recordsOf(ANNOUNCEMENT, "1.2.3"))],
    ["port 0", received(recordsOf({ ...ANNOUNCEMENT, port: 0 }, IP))],
    [
      "another service",
      received(recordsOf(ANNOUNCEMENT, IP)).map((r) => ({ ...r, name: r.name.replace("lan", "wan") })),
    ],
  ] as const
) {
  Deno.test(`readSightings() passes over ${what}`, () => assertEquals(readSightings(records, LISTENER), []));
}

Deno.test("readSightings() lets the first of two equal keys count and ignores case", () => {
  const records = withTxt(([id, version, ...rest]) => [id!, version!.toUpperCase(), "PROTO_VER=9", ...rest]);
  assertEquals(readSightings(records, LISTENER)[0]?.peer.proto_ver, 1);
});

Deno.test("readSightings() believes no lifetime above 120 s", () => {
  const records = received(recordsOf(ANNOUNCEMENT, IP)).map((record) => ({ ...record, ttl: 0xffff_ffff }));
  assertEquals(readSightings(records, LISTENER)[0]?.ttl_s, 120);
});

Deno.test("readSightings() never throws, whatever the records hold", () => {
  const name = fc.oneof(fc.string(), fc.constantFrom(SERVICE, instanceName(ANNOUNCEMENT), "lanspread.local"));
  const record = fc.record({
    name,
    type: fc.constantFrom("PTR", "SRV", "TXT", "A", "OPT"),
    ttl: fc.oneof(fc.integer(), fc.double()),
    data: fc.anything(),
  }, { requiredKeys: ["name", "type"] });
  fc.assert(fc.property(fc.array(record), (records) => {
    readSightings(records, LISTENER);
  }));
});

Deno.test("instanceName() is one label of at most 63 bytes that tells peers of one name apart", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 256 }), (name) => {
    const [label = "", ...rest] = instanceName({ ...ANNOUNCEMENT, name }).split(".");
    assertEquals(rest.join("."), SERVICE);
    assert(new TextEncoder().encode(label).length <= 63);
    assert(label.endsWith(" (3f2a81c0)") && label.isWellFormed());
  }));
});

Deno.test("recordsOf() keeps every TXT string within 255 bytes, and others can still read it", () => {
  const records = recordsOf({ ...ANNOUNCEMENT, name: "ä".repeat(256) }, IP);
  const txt = records.find((record) => record.type === "TXT");
  assert(txt?.data.every((text) => new TextEncoder().encode(text).length <= 255));
  assertEquals(readSightings(received(records), LISTENER)[0]?.peer.name, "ä".repeat(125));
});

Deno.test("cutUtf8() cuts no character", () => {
  assertEquals(cutUtf8("a😀b", 4), "a");
  assertEquals(cutUtf8("a😀b", 5), "a😀");
  assertEquals(cutUtf8("\ud800x", 4), "\ufffdx");
});

Deno.test("goodbyeOf() leaves the list of service types alone, which belongs to all peers", () => {
  const goodbye = goodbyeOf(ANNOUNCEMENT, IP);
  assertEquals(goodbye.map((record) => record.type), ["PTR", "SRV", "TXT", "A"]);
  assert(goodbye.every((record) => record.ttl === 0 && record.name !== SERVICE_LIST));
});

const RECORDS = recordsOf(ANNOUNCEMENT, IP);
const [LIST, PTR, SRV, TXT, HOST] = RECORDS;

for (
  const [what, packet, want] of [
    ["PTR", query(SERVICE, "PTR"), [PTR]],
    ["PTR in other case", query("_LANSPREAD._UDP.Local", "PTR"), [PTR]],
    ["PTR with the wish for unicast", query(SERVICE, "PTR", [], "UNKNOWN_32769"), [PTR]],
    ["SRV", query(instanceName(ANNOUNCEMENT), "SRV"), [SRV]],
    ["TXT", query(instanceName(ANNOUNCEMENT), "TXT"), [TXT]],
    ["ANY of the instance", query(instanceName(ANNOUNCEMENT), "ANY"), [SRV, TXT]],
    ["A", query("lanspread-3f2a81c0-192-168-1-9.local", "A"), [HOST]],
    ["the list of service types", query(SERVICE_LIST, "PTR"), [LIST]],
    ["another service", query("_http._tcp.local", "PTR"), []],
    ["a class that is not the internet", query(SERVICE, "PTR", [], "CH"), []],
    ["a PTR that is known", query(SERVICE, "PTR", [{ ...PTR!, ttl: 2_250 }]), []],
    ["a PTR that is known, but old", query(SERVICE, "PTR", [{ ...PTR!, ttl: 2_249 }]), [PTR]],
    ["a PTR where another one is known", query(SERVICE, "PTR", [{ ...PTR!, ttl: 4_500, data: "x" }]), [PTR]],
  ] as const
) {
  Deno.test(`askedRecords() answers a question for ${what}`, () => {
    assertEquals(askedRecords(packet, RECORDS) as unknown, want);
  });
}

Deno.test("legacyResponse() gives short lifetimes and no cache-flush bits", () => {
  const response = legacyResponse(query(SERVICE, "PTR"), RECORDS);
  assertEquals(response?.questions, [{ name: SERVICE, type: "PTR", class: "IN" }]);
  const all = [...response!.answers, ...response!.additionals];
  assertEquals(all.map((record) => record.type), ["PTR", "SRV", "TXT", "A"]);
  assert(all.every((record) => record.ttl <= 10 && !record.flush));
});

Deno.test("browseQuery() names this peer and those it knows, within one frame", () => {
  const known = Array.from({ length: 100 }, (_, i) => ({ instance: `p${i}.${SERVICE}`, age_s: 100 }));
  const { answers = [] } = browseQuery(ANNOUNCEMENT, known);
  assertEquals([answers.length, answers[0]?.data, answers[1]?.ttl], [12, instanceName(ANNOUNCEMENT), 4_400]);
});

Deno.test("browseInterval() grows up to a minute, and with a crowd", () => {
  assertEquals(
    [0, 1, 2, 5, 6, 99].map((asked) => browseInterval(asked, 3)),
    [1, 2, 4, 32, 60, 60].map((s) => s * 1_000),
  );
  assertEquals(browseInterval(99, 120), 600_000);
});
