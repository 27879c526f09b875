/**
 * Which machine has sent how much of a download.
 *
 * @module
 */

import { formatBytes } from "../state/format.ts";
import { nameOf } from "../state/store.ts";

/** One bar of all machines, and their names. */
export function Shares({ shares }: { shares: ReadonlyMap<string, number> }) {
  const total = [...shares.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (total === 0) return null;
  const sorted = [...shares].sort(([a], [b]) => a < b ? -1 : 1);
  return (
    <ul class="shares" aria-label="Where it comes from">
      {sorted.map(([peer_id, bytes], at) => (
        <li key={peer_id} data-colour={at % 6} title={formatBytes(bytes)}>
          <span class="share-dot" aria-hidden="true" />
          {nameOf(peer_id)} <b>{Math.round(100 * bytes / total)}%</b>
        </li>
      ))}
    </ul>
  );
}
