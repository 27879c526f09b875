/**
 * What the browser's tab says: the view, and how far the work is while something runs.
 *
 * @module
 */

import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { percentOf } from "../state/format.ts";
import { view } from "../state/router.ts";
import { busy, liveOf } from "../state/store.ts";

const title = computed(() => {
  const name = `${view.value[0]?.toUpperCase()}${view.value.slice(1)} · lanspread`;
  const lives = busy.value.flatMap(({ id }) => liveOf(id) ?? []);
  const total = lives.reduce((sum, { total_bytes }) => sum + total_bytes, 0);
  const done = lives.reduce((sum, { done_bytes }) => sum + done_bytes, 0);
  return total > 0 ? `${percentOf(done, total)}% · ${name}` : name;
});

/** Keeps the tab's title as it should be. */
export function useTitle(): void {
  const now = title.value;
  useEffect(() => {
    document.title = now;
  }, [now]);
}
