/**
 * Before anything is known.
 *
 * @module
 */

import { Mark } from "./mark.tsx";

/** A calm place to wait in. */
export function Waiting({ is_lost }: { is_lost: boolean }) {
  return (
    <main class="waiting" id="main">
      <Mark />
      <p role="status">{is_lost ? "lanspread does not answer. Is it running?" : "Connecting…"}</p>
    </main>
  );
}
