/**
 * The party: the group of peers that share a passphrase.
 *
 * Every machine derives the same secrets from the passphrase, so nothing is copied around. A certificate authority
 * made from them signs each peer's certificate: that is how a client knows the server. A key for proofs shows the
 * server, inside the TLS session that the client has already verified, that the client belongs to the party too.
 * The open party has the empty passphrase; its secrets are public.
 *
 * Participants: `identity.ts` mints certificates with the secrets, `handshake.ts` exchanges the proofs.
 * Non-goals: hiding one member from another. Members trust each other.
 *
 * @module
 */

import { createHmac, scrypt, timingSafeEqual } from "node:crypto";
import type { PeerId, Sha256 } from "../../proto/ids.ts";

/** What the passphrase gives. Never leaves the process. */
export interface PartySecrets {
  /** Seed of the Ed25519 key of the certificate authority, 32 bytes (RFC 8032). */
  readonly ca_seed: Uint8Array;
  /** Key of the membership proofs, 32 bytes. */
  readonly proof_key: Uint8Array;
}

/** scrypt(RFC 7914) with N=2^16, r=8, p=1: about 0.14 s and 64 MiB on a small machine. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const SALT = "lanspread party 1";

/** The open party's secrets, `deriveSecrets("")` written down: starting need not compute what is public. */
const OPEN_PARTY_HEX =
  "cb77c3d0c6e586293b685026e1d31c3d53f47969abb2f89c4da712b2d505f4acb64902a9c8f00c9cb3cf7a89560a19f56f5400176ca52307b1e2a9e8bd48d7df";

/** The secrets of the party with this passphrase; the empty one is the open party. */
export function partySecrets(passphrase: string): Promise<PartySecrets> {
  if (passphrase === "") return Promise.resolve(splitSecrets(Uint8Array.fromHex(OPEN_PARTY_HEX)));
  return deriveSecrets(passphrase);
}

/** Derives the secrets from the passphrase in Unicode form NFC, the same on every machine. */
export function deriveSecrets(passphrase: string): Promise<PartySecrets> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), SALT, 64, SCRYPT, (error, key) => {
      if (error) reject(error);
      else resolve(splitSecrets(new Uint8Array(key)));
    });
  });
}

function splitSecrets(key: Uint8Array): PartySecrets {
  return { ca_seed: key.slice(0, 32), proof_key: key.slice(32, 64) };
}

/** What a proof binds: who speaks, from where, in which role. */
export interface ProofClaim {
  role: "hello" | "hello_ack";
  peer_id: PeerId;
  listen_addr: string;
}

/** HMAC-SHA-256 (RFC 2104) over the claim. */
export function proveMembership(secrets: PartySecrets, claim: ProofClaim): Sha256 {
  return createHmac("sha256", secrets.proof_key)
    .update(`lanspread ${claim.role}\n${claim.peer_id}\n${claim.listen_addr}`)
    .digest("hex") as Sha256;
}

/** Whether `proof` was made by a member for exactly this claim. Takes the same time for every wrong proof. */
export function isMember(secrets: PartySecrets, claim: ProofClaim, proof: Sha256): boolean {
  const expected = proveMembership(secrets, claim);
  return timingSafeEqual(Uint8Array.fromHex(expected), Uint8Array.fromHex(proof));
}

/** A public name for the party, to tell whether a stored certificate belongs to it. */
export function partyId(secrets: PartySecrets): string {
  return createHmac("sha256", secrets.proof_key).update("lanspread party id").digest("hex");
}
