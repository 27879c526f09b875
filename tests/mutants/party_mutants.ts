/**
 * Mutants of meeting: discovery, the handshake, the party.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

const SESSIONS = "tests/peer/sessions_test.ts";

export const PARTY_MUTANTS: readonly Mutant[] = [
  {
    name: "own-record-is-a-peer",
    defect: "a peer takes its own mDNS record for another peer",
    file: "src/peer/discovery/sightings.ts",
    find: " || told.peer_id === own_id) return undefined;",
    replace: ") return undefined;",
    caught_by: { file: "tests/peer/discovery/records_test.ts", filter: "never reports oneself" },
  },
  {
    name: "mdns-goodbye-ignored",
    defect: "a record with TTL 0 is no goodbye",
    file: "src/peer/discovery/seen_cache.ts",
    find: "if (sighting.ttl_s === 0) return this.#leave(interface_ip, peer_id, now);",
    replace: "",
    caught_by: { file: "tests/peer/discovery/seen_cache_test.ts", filter: "said goodbye everywhere" },
  },
  {
    name: "records-not-refreshed",
    defect: "nobody asks for a record again before its TTL ends",
    file: "src/peer/discovery/seen_cache.ts",
    find: "const REFRESH_AT = [0.8, 0.85, 0.9, 0.95];",
    replace: "const REFRESH_AT: number[] = [];",
    caught_by: { file: "tests/peer/discovery/session_test.ts", filter: "peers that answer stay known" },
  },
  {
    name: "new-interface-overlooked",
    defect: "an interface that comes up later is not used",
    file: "src/peer/discovery/session.ts",
    find: "for (const [ip, own] of wanted) if (!this.#links.has(ip)) this.#open(own);",
    replace: "if (this.#links.size === 0) { for (const own of wanted.values()) this.#open(own); }",
    caught_by: {
      file: "tests/peer/discovery/session_test.ts",
      filter: "an interface that comes up beside another",
    },
  },
  {
    name: "proof-not-checked",
    defect: "whoever says hello counts as a member, whatever its proof",
    file: "src/peer/handshake.ts",
    find: "if (!isMember(self.secrets, { role, peer_id, listen_addr }, proof)) {",
    replace: "if (isMember.length === 0) {",
    caught_by: { file: SESSIONS, filter: "a wrong proof is unauthorized" },
  },
  {
    name: "hello-not-needed",
    defect: "a connection may ask for anything before its hello",
    file: "src/peer/server.ts",
    find: "if (session.peer_id === undefined) {",
    replace: "if (session.connection === undefined) {",
    caught_by: { file: "tests/scenarios/s32_requests_test.ts", filter: "without a true hello" },
  },
  {
    name: "any-protocol-version",
    defect: "a peer of another protocol version is a peer like any other",
    file: "src/peer/handshake.ts",
    find: "if (proto_ver === PROTOCOL_VERSION) return;",
    replace: "if (proto_ver !== undefined) return;",
    caught_by: { file: SESSIONS, filter: "another protocol version is incompatible" },
  },
  {
    name: "hello-from-oneself",
    defect: "a hello from oneself is answered",
    file: "src/peer/handshake.ts",
    find: "if (peer_id === self.peer_id) {",
    replace: "if (peer_id.length === 0) {",
    caught_by: { file: SESSIONS, filter: "a hello from oneself" },
  },
  {
    name: "another-id-than-dialled",
    defect: "a peer that introduces itself under another id than the one that was dialled is taken",
    file: "src/peer/sessions.ts",
    find: "checkPeerId(acquaintance.peer_id, target.peer_id);",
    replace: "",
    caught_by: { file: SESSIONS, filter: "a peer that calls itself otherwise" },
  },
  {
    name: "source-port-recorded",
    defect: "the port that a connection came from is taken for the listener's",
    file: "src/peer/handshake.ts",
    find: "return joinAddress(source.hostname, listener.port);",
    replace: "return joinAddress(source.hostname, source.port);",
    caught_by: { file: SESSIONS, filter: "the listener is recorded at the address" },
  },
  {
    name: "certificate-of-any-peer",
    defect: "the certificate of any member is good enough for the peer that was dialled",
    file: "src/peer/transport/deno_quic.ts",
    find: "      serverName,\n",
    replace: '      serverName: "peer.lanspread",\n',
    caught_by: {
      file: "tests/compliance/deno_quic_test.ts",
      filter: "another peer_id under a known address",
    },
  },
  {
    name: "identity-of-a-day",
    defect: "every start makes a new peer_id",
    file: "src/peer/peer_id.ts",
    find: "    return parsePeerFile(path, await Deno.readTextFile(path));",
    replace: "    parsePeerFile(path, await Deno.readTextFile(path));",
    caught_by: { file: "tests/peer/peer_id_test.ts", filter: "makes an identity once" },
  },
];
