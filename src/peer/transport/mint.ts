/**
 * Makes X.509 certificates (RFC 5280). Loaded only when a peer needs a new one.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { PeerId } from "../../proto/ids.ts";
import { ANY_PEER_NAME, peerServerName } from "./identity.ts";
import type { PartySecrets } from "./party.ts";

const NOT_BEFORE = new Date("2000-01-01T00:00:00Z");
const NOT_AFTER = new Date("2100-01-01T00:00:00Z");
const CA_NAME = "CN=lanspread party";
const CA_SERIAL = "01";
/** PKCS#8 wrap of a 32-byte Ed25519 seed (RFC 8410, section 7). */
const ED25519_PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The authority's certificate, and a new key and certificate for `peer_id`; all PEM. */
export async function mintIdentity(
  peer_id: PeerId,
  secrets: PartySecrets,
): Promise<{ ca_cert: string; cert: string; key: string }> {
  const authority = await authorityKeys(secrets.ca_seed);
  const keys = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: `01${crypto.getRandomValues(new Uint8Array(15)).toHex()}`,
    subject: `CN=${peer_id}`,
    issuer: CA_NAME,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: { name: "Ed25519" },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: ANY_PEER_NAME },
        { type: "dns", value: peerServerName(peer_id) },
      ]),
    ],
  });
  return {
    ca_cert: (await authorityCertificate(authority)).toString("pem"),
    cert: cert.toString("pem"),
    key: x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"),
  };
}

function authorityCertificate(authority: CryptoKeyPair): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: CA_SERIAL,
    name: CA_NAME,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    keys: authority,
    signingAlgorithm: { name: "Ed25519" },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
}

async function authorityKeys(seed: Uint8Array): Promise<CryptoKeyPair> {
  const pkcs8 = new Uint8Array([...ED25519_PKCS8_PREFIX, ...seed]);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", privateKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x: x ?? "" };
  const publicKey = await crypto.subtle.importKey("jwk", jwk, "Ed25519", true, ["verify"]);
  return { privateKey, publicKey };
}
