/**
 * One button from light to dark and back.
 *
 * @module
 */

import { signal } from "@preact/signals";
import { theme } from "../state/ui.ts";
import { Icon } from "./icons.tsx";

const wish = matchMedia("(prefers-color-scheme: dark)");
const is_system_dark = signal(wish.matches);
wish.addEventListener("change", () => is_system_dark.value = wish.matches);

/** The button. */
export function QuickTheme() {
  const is_dark = theme.value === "system" ? is_system_dark.value : theme.value === "dark";
  const other = is_dark ? "light" : "dark";
  return (
    <button
      type="button"
      class="icon-button quick-theme"
      aria-label={`Use ${other} colours`}
      onClick={() => theme.value = other}
    >
      <Icon name={is_dark ? "sun" : "moon"} />
    </button>
  );
}
