/**
 * Notes of what has just happened, in a corner; a failure stays until it is dismissed.
 *
 * @module
 */

import { dismiss, notes, spoken } from "../state/notify.ts";
import { Icon } from "./icons.tsx";

/** The notes, and the place that a screen reader reads aloud. */
export function Notes() {
  return (
    <section aria-label="News">
      <div class="unseen" role="log" aria-live="polite" aria-label="Said aloud">{spoken.value}</div>
      <ul class="notes" aria-label="Notes">
        {notes.value.map(({ key, mood, text, detail }) => (
          <li key={key} class="note" data-mood={mood}>
            <Icon name={mood === "bad" ? "alert" : "check"} />
            <div>
              <p>{text}</p>
              {detail && <p class="note-detail">{detail}</p>}
            </div>
            <button
              type="button"
              class="icon-button"
              aria-label={`Dismiss: ${text}`}
              onClick={() => dismiss(key)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
