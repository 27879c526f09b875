/**
 * Says that a flag or a variable wins over a setting at every start.
 *
 * @module
 */

import type { Settings } from "../state/model.ts";
import { settings } from "../state/store.ts";

/** The words; nothing where a change is remembered for good. */
export function SetBy({ id, setting }: { id?: string; setting: keyof Settings["set_by"] }) {
  const by = settings.value?.set_by[setting];
  if (by === undefined) return null;
  return (
    <p class="hint" id={id}>
      Started with <code class="flag">{by}</code>, which wins again at the next start.
    </p>
  );
}
