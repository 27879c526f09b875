import { X509Certificate } from "node:crypto";
import {
  deriveSecrets,
  isMember,
  partyId,
  partySecrets,
  proveMembership,
} from "../../../src/peer/transport/party.ts";
import { mintIdentity } from "../../../src/peer/transport/mint.ts";
import { Sha256, SocketAddress } from "../../../src/proto/ids.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../../support/assert.ts";
import { newPeerId } from "../../support/parties.ts";

const peer_id = newPeerId();
const claim = { role: "hello" as const, peer_id, listen_addr: SocketAddress.parse("127.0.0.1:5477") };

Deno.test("the open party's secrets are those of the empty passphrase", async () => {
  assertEquals(await partySecrets(""), await deriveSecrets(""));
});

Deno.test("the same passphrase gives the same secrets in whatever Unicode form it was typed", async () => {
  const composed = await partySecrets("caf\u00e9");
  assertEquals(await partySecrets("cafe\u0301"), composed);
  const other = await partySecrets("cafe");
  assertNotEquals(other.ca_seed, composed.ca_seed);
  assertNotEquals(other.proof_key, composed.proof_key);
  assertNotEquals(composed.ca_seed, composed.proof_key);
  assertEquals([composed.ca_seed.length, composed.proof_key.length], [32, 32]);
});

Deno.test("the party's public name tells parties apart and gives no secret away", async () => {
  const [open, closed] = await Promise.all([partySecrets(""), partySecrets("secret")]);
  assertEquals(partyId(open), partyId(await deriveSecrets("")));
  assertNotEquals(partyId(open), partyId(closed));
  for (const secret of [closed.ca_seed, closed.proof_key]) assert(!partyId(closed).includes(secret.toHex()));
});

Deno.test("a proof holds for its claim and its party alone", async () => {
  const [ours, theirs] = await Promise.all([partySecrets(""), partySecrets("theirs")]);
  const proof = proveMembership(ours, claim);
  assert(isMember(ours, claim, proof));
  assert(!isMember(theirs, claim, proof));
  assert(!isMember(ours, { ...claim, role: "hello_ack" }, proof));
  assert(!isMember(ours, { ...claim, peer_id: newPeerId() }, proof));
  assert(!isMember(ours, { ...claim, listen_addr: "127.0.0.1:5478" }, proof));
  assert(!isMember(ours, claim, Sha256.parse("0".repeat(64))));
});

Deno.test("every machine mints the same authority, byte for byte, and other parties another one", async () => {
  const ours = await mintIdentity(peer_id, await deriveSecrets(""));
  const again = await mintIdentity(newPeerId(), await partySecrets(""));
  const theirs = await mintIdentity(peer_id, await partySecrets("theirs"));
  assertEquals(ours.ca_cert, again.ca_cert);
  assertNotEquals(ours.ca_cert, theirs.ca_cert);
  assertNotEquals(ours.key, again.key);
});

Deno.test("another implementation accepts the certificates: names, issuer, roles, signatures, dates", async () => {
  const { ca_cert, cert } = await mintIdentity(peer_id, await partySecrets(""));
  const [authority, leaf] = [new X509Certificate(ca_cert), new X509Certificate(cert)];
  assertEquals([authority.ca, leaf.ca], [true, false]);
  assertEquals([authority.issuer, leaf.issuer], [authority.subject, authority.subject]);
  assertStringIncludes(leaf.subject, peer_id);
  assert(authority.verify(authority.publicKey) && leaf.verify(authority.publicKey));
  assert(leaf.checkIssued(authority));
  const names = (leaf.subjectAltName ?? "").split(", ");
  assertEquals(names.sort(), ["DNS:peer.lanspread", `DNS:${peer_id}.peer.lanspread`].sort());
  assertEquals(authority.publicKey.asymmetricKeyType, "ed25519");
  assertEquals(leaf.publicKey.asymmetricKeyType, "ec");
  for (const { validFrom, validTo } of [authority, leaf]) {
    assert(new Date(validFrom) <= new Date("2000-01-02") && new Date(validTo) >= new Date("2099-01-01"));
  }
});

Deno.test("no certificate of one party is signed by another", async () => {
  const ours = await mintIdentity(peer_id, await partySecrets(""));
  const theirs = await mintIdentity(peer_id, await partySecrets("theirs"));
  const authority = new X509Certificate(ours.ca_cert);
  assert(!new X509Certificate(theirs.cert).verify(authority.publicKey));
});
