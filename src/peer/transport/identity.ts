/**
 * This peer's certificate: minted once under the party's certificate authority, kept in `<state_dir>/tls`.
 *
 * The authority's key and dates are fixed, so its certificate has the same bytes on every machine. Validity is
 * wide on purpose: clocks at a party are often wrong.
 *
 * @module
 */

import { z } from "zod";
import { writeFileAtomic } from "../../base/atomic_file.ts";
import { toLanspreadError } from "../../base/errors.ts";
import { ensureDir } from "../../base/std/fs.ts";
import { join } from "../../base/std/path.ts";
import { PeerId } from "../../proto/ids.ts";
import { partyId, type PartySecrets } from "./party.ts";

/** A name that every peer's certificate carries, for dialling a peer whose id is not known yet. */
export const ANY_PEER_NAME = "peer.lanspread";

/** The name in the certificate of one peer. */
export function peerServerName(peer_id: PeerId): string {
  return `${peer_id}.${ANY_PEER_NAME}`;
}

const Identity = z.object({
  party_id: z.string(),
  peer_id: PeerId,
  /** The authority's certificate, PEM. */
  ca_cert: z.string(),
  /** This peer's certificate, PEM. */
  cert: z.string(),
  /** This peer's private key, PKCS#8 PEM. */
  key: z.string(),
});
/** What the transport needs to prove who this peer is, and to check others. */
export type Identity = z.infer<typeof Identity>;

/**
 * Reads the identity from `<state_dir>/tls/identity.json`, or mints and stores it (mode 0600) where it is missing,
 * unreadable, or of another party or peer. Throws `io` where the state directory can't be written.
 */
export async function loadIdentity(
  state_dir: string,
  peer_id: PeerId,
  secrets: PartySecrets,
): Promise<Identity> {
  const directory = join(state_dir, "tls");
  const path = join(directory, "identity.json");
  const stored = await readIdentity(path);
  if (stored?.peer_id === peer_id && stored.party_id === partyId(secrets)) return stored;
  const { mintIdentity } = await import("./mint.ts");
  const identity = { party_id: partyId(secrets), peer_id, ...await mintIdentity(peer_id, secrets) };
  try {
    await ensureDir(directory);
    if (Deno.build.os !== "windows") await Deno.chmod(directory, 0o700);
    await writeFileAtomic(path, JSON.stringify(identity), { mode: 0o600 });
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot write ${path}; choose another --state-dir`);
  }
  return identity;
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  try {
    return Identity.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    return undefined;
  }
}
