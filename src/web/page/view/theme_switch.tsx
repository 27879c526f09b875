/**
 * Light, dark, or as the system is.
 *
 * @module
 */

import { theme, THEMES } from "../state/ui.ts";

const LABELS = { system: "System", light: "Light", dark: "Dark" } as const;

/** Three buttons, one of them pressed. */
export function ThemeSwitch() {
  return (
    <div class="segments words" role="group" aria-label="Colours">
      {THEMES.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={theme.value === name}
          onClick={() => theme.value = name}
        >
          {LABELS[name]}
        </button>
      ))}
    </div>
  );
}
