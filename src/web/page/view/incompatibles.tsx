/**
 * Machines that run another version of lanspread.
 *
 * @module
 */

import type { Incompatible } from "../state/model.ts";
import { Icon } from "./icons.tsx";

/** Who they are, and what to do. */
export function Incompatibles({ peers }: { peers: readonly Incompatible[] }) {
  return (
    <section class="warning" aria-labelledby="incompatible-title">
      <Icon name="alert" />
      <div>
        <h2 id="incompatible-title">Another version of lanspread</h2>
        <p>Nothing can be shared with these machines until all run the same version. Update the older one.</p>
        <ul>{peers.map(({ peer_id, name }) => <li key={peer_id}>{name}</li>)}</ul>
      </div>
    </section>
  );
}
