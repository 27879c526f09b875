/**
 * Chooses which games are shown.
 *
 * @module
 */

import { type Filter, FILTER_LABELS, FILTERS } from "../state/filters.ts";
import { filter } from "../state/ui.ts";

/** The filters with how many games pass each. */
export function Filters({ counts }: { counts: Record<Filter, number> }) {
  return (
    <div class="filters" role="group" aria-label="Show">
      {FILTERS.map((name) => (
        <button
          key={name}
          type="button"
          class="chip"
          aria-pressed={filter.value === name}
          onClick={() => filter.value = name}
        >
          {FILTER_LABELS[name]} <span class="count">{counts[name]}</span>
        </button>
      ))}
    </div>
  );
}
