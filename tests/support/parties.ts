/**
 * Identities for tests: minted once, in memory.
 *
 * @module
 */

import { type Identity, peerServerName } from "../../src/peer/transport/identity.ts";
import { mintIdentity } from "../../src/peer/transport/mint.ts";
import { deriveSecrets, partyId, type PartySecrets, partySecrets } from "../../src/peer/transport/party.ts";
import { PeerId } from "../../src/proto/ids.ts";

/** A fresh peer_id. */
export function newPeerId(): PeerId {
  return PeerId.parse(crypto.randomUUID());
}

/** A fresh identity in the open party, or in the party of `passphrase`. */
export async function newIdentity(passphrase = ""): Promise<Identity & { secrets: PartySecrets }> {
  const peer_id = newPeerId();
  const secrets = passphrase === "" ? await partySecrets("") : await deriveSecrets(passphrase);
  return { party_id: partyId(secrets), peer_id, secrets, ...await mintIdentity(peer_id, secrets) };
}

export { peerServerName };
