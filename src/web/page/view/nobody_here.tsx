/**
 * What to check when no other machine appears.
 *
 * @module
 */

import { model } from "../state/store.ts";

/** A short list, the likeliest first. */
export function NobodyHere() {
  const port = model.value?.status.listen_addr.split(":").at(-1);
  const party = model.value?.settings.has_party;
  return (
    <section class="card hints" aria-labelledby="hints-title">
      <h2 id="hints-title">Nobody else here yet</h2>
      <ol>
        <li>Does lanspread run on the other machine?</li>
        <li>Are both on the same network, by cable or the same Wi-Fi, and not in a guest network or VPN?</li>
        <li>
          {party
            ? "Was it started with the same party passphrase as this one?"
            : "Was it started without a party passphrase, like this one?"}
        </li>
        <li>Does the firewall let lanspread in? It needs UDP port {port}, and 5353 to be found.</li>
      </ol>
      <p>If nothing helps, connect to its address below.</p>
    </section>
  );
}
