/**
 * Looks for games by name; "/" leads here from anywhere.
 *
 * @module
 */

import { useEffect, useRef } from "preact/hooks";
import { query } from "../state/ui.ts";
import { Icon } from "./icons.tsx";

/** The field. */
export function Search() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event.target) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label="Search games"
        placeholder="Search games"
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => query.value = event.currentTarget.value}
        onKeyDown={(event) => event.key === "Escape" && (query.value = "")}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ||
    document.querySelector("dialog[open]") !== null;
}
