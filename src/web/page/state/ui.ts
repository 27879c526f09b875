/**
 * What the person has chosen to see, and how.
 *
 * @module
 */

import { effect, signal } from "@preact/signals";
import type { Question } from "./actions.ts";
import type { Filter } from "./filters.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = typeof THEMES[number];
export type Layout = "grid" | "list";

export const query = signal("");
export const filter = signal<Filter>("all");
export const layout = signal<Layout>(stored("layout") === "list" ? "list" : "grid");
export const theme = signal<Theme>(THEMES.find((theme) => theme === stored("theme")) ?? "system");

/** The dialogs that are open, the topmost last; nothing outside of that one can be reached. */
export const dialogs = signal<readonly string[]>([]);

/** Something that is asked before it is done. */
export const asked = signal<{ question: Question; label: string; go: () => void } | undefined>(undefined);

/** Keeps choices for the next visit, and sets the colours. */
export function keepChoices(): void {
  effect(() => store("layout", layout.value));
  effect(() => {
    store("theme", theme.value);
    document.documentElement.dataset.theme = theme.value;
  });
}

// A browser may forbid to store anything; then choices last as long as the page.
function stored(name: string): string | null {
  try {
    return localStorage.getItem(`lanspread.${name}`);
  } catch {
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`lanspread.${name}`, value);
  } catch {
    return;
  }
}
