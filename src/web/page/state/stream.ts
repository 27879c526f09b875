/**
 * Follows the peer's event stream. The browser comes back by itself with the number of the last event; where it gives
 * up, because the peer refused or was away, a new stream begins with a snapshot.
 *
 * @module
 */

import type { Told } from "../../answer_schemas.ts";
import { connection, hear, model } from "./store.ts";
import { notify } from "./notify.ts";

const AGAIN_MS = 1_000;

/** Every event by its name, so that the compiler misses none. */
const NAMES: Record<Told["event"], true> = {
  snapshot: true,
  "local-peer-ready": true,
  "peer-discovered": true,
  "peer-connected": true,
  "peer-changed": true,
  "peer-lost": true,
  "peer-library-changed": true,
  "peer-count": true,
  "settings-changed": true,
  "games-list-updated": true,
  "local-library-changed": true,
  "active-operations-changed": true,
  "got-game-files": true,
  "no-peers-have-game": true,
  "download-begin": true,
  "download-progress": true,
  "download-chunk-finished": true,
  "download-chunk-corrupt": true,
  "download-chunk-disputed": true,
  "download-finished": true,
  "download-failed": true,
  "download-cancelled": true,
  "download-peers-gone": true,
  "install-begin": true,
  "install-progress": true,
  "install-finished": true,
  "install-failed": true,
  "uninstall-begin": true,
  "uninstall-finished": true,
  "uninstall-failed": true,
  "remove-begin": true,
  "remove-finished": true,
  "remove-failed": true,
  "runtime-failed": true,
};

/** Follows until the page is closed. */
export function follow(): void {
  const source = new EventSource("/api/v1/events");
  for (const name of Object.keys(NAMES)) {
    source.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data)));
  }
  source.onopen = () => connection.value = "live";
  source.onerror = () => {
    connection.value = "lost";
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(follow, AGAIN_MS);
  };
}

function take(told: Told): void {
  // Another version of the program brings another page.
  const is_other = told.event === "snapshot" && model.value && model.value.version !== told.version;
  if (is_other) return location.reload();
  hear(told);
  notify(told);
}
