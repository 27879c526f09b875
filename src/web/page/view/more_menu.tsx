/**
 * The other actions of a game, in a small menu (WAI-ARIA menu button: arrows move, Escape closes).
 *
 * @module
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { act } from "../state/act.ts";
import { otherActions } from "../state/actions.ts";
import type { Game } from "../state/model.ts";
import { connection, settings } from "../state/store.ts";
import { Icon } from "./icons.tsx";

/** The button with its menu; nothing where there is nothing else to do. */
export function MoreMenu({ game }: { game: Game }) {
  const [is_open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const actions = settings.value ? otherActions(game, settings.value) : [];
  useLayoutEffect(() => (is_open ? whileOpen(root.current, () => setOpen(false)) : undefined), [is_open]);
  if (actions.length === 0) return null;
  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  return (
    <div class="more" ref={root} onKeyDown={(event) => onKey(event, root.current, is_open, close)}>
      <button
        type="button"
        class="icon-button"
        aria-label={`More for ${game.name}`}
        aria-haspopup="menu"
        aria-expanded={is_open}
        disabled={connection.value !== "live"}
        onClick={() => setOpen(!is_open)}
      >
        <Icon name="more" />
      </button>
      {is_open && (
        <div class="menu" role="menu" aria-label={`More for ${game.name}`}>
          {actions.map((action) => (
            <button
              key={action.label}
              type="button"
              role="menuitem"
              class={action.tone}
              onClick={() => {
                close();
                act(game, action);
              }}
            >
              {action.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** The first item has the focus; a click elsewhere closes. */
function whileOpen(root: HTMLElement | null, close: () => void): () => void {
  root?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  const onPointer = (event: Event) => {
    if (event.target instanceof Node && !root?.contains(event.target)) close();
  };
  document.addEventListener("pointerdown", onPointer);
  return () => document.removeEventListener("pointerdown", onPointer);
}

function onKey(event: KeyboardEvent, root: HTMLElement | null, is_open: boolean, close: () => void): void {
  if (!is_open) return;
  const items = [...root?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []];
  const at = items.findIndex((item) => item === document.activeElement);
  const to: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1 + items.length,
    Home: 0,
    End: items.length - 1,
  };
  const next = to[event.key];
  if (next !== undefined) items[next % items.length]?.focus();
  if (event.key === "Escape" || event.key === "Tab") close();
  if (next === undefined && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
}
