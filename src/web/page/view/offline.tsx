/**
 * Says that the peer does not answer.
 *
 * @module
 */

import { connection } from "../state/store.ts";
import { Icon } from "./icons.tsx";

/** A line across the page while nothing is heard. */
export function Offline() {
  if (connection.value !== "lost") return null;
  return (
    <div class="offline" role="alert">
      <Icon name="offline" />
      <p>
        <b>lanspread has stopped.</b> Start it again; this page reconnects by itself.
      </p>
    </div>
  );
}
