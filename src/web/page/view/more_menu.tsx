/**
 * The other actions of a game, in a small menu (WAI-ARIA menu button: arrows, Home, End and first letters move, Escape
 * and Tab close, and so does whatever takes the focus elsewhere).
 *
 * @module
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { act } from "../state/act.ts";
import { otherActions } from "../state/actions.ts";
import type { Game } from "../state/model.ts";
import { connection, settings } from "../state/store.ts";
import { Icon } from "./icons.tsx";

/** Which item gets the focus when it opens. */
type Opened = "first" | "last" | undefined;

/** The button with its menu; nothing where there is nothing else to do. */
export function MoreMenu({ game }: { game: Game }) {
  const [opened, setOpened] = useState<Opened>(undefined);
  const root = useRef<HTMLDivElement>(null);
  const actions = settings.value ? otherActions(game, settings.value) : [];
  const can_open = actions.length > 0 && connection.value === "live";
  const is_open = can_open && opened !== undefined;
  // What was open when its actions went is not open when they are back.
  useEffect(() => (can_open ? undefined : setOpened(undefined)), [can_open]);
  useLayoutEffect(
    () => (is_open ? whileOpen(root.current, opened, () => setOpened(undefined)) : undefined),
    [is_open],
  );
  if (actions.length === 0) return null;
  const close = () => {
    setOpened(undefined);
    root.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (is_open) onKey(event, itemsOf(root.current), close);
    else if (can_open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setOpened(event.key === "ArrowDown" ? "first" : "last");
    }
  };
  return (
    <div class="more" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="icon-button"
        aria-label={`More for ${game.name}`}
        aria-haspopup="menu"
        aria-expanded={is_open}
        disabled={connection.value !== "live"}
        onClick={() => setOpened(is_open ? undefined : "first")}
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
              tabIndex={-1}
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

function itemsOf(root: HTMLElement | null): HTMLElement[] {
  return [...root?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []];
}

/** An item has the focus; a click elsewhere closes, and so does the focus that goes elsewhere. */
function whileOpen(root: HTMLElement | null, opened: Opened, close: () => void): () => void {
  itemsOf(root).at(opened === "last" ? -1 : 0)?.focus();
  const look = ({ target }: Event) => {
    if (target instanceof Node && !root?.contains(target)) close();
  };
  document.addEventListener("pointerdown", look);
  document.addEventListener("focusin", look);
  return () => {
    document.removeEventListener("pointerdown", look);
    document.removeEventListener("focusin", look);
  };
}

function onKey(event: KeyboardEvent, items: readonly HTMLElement[], close: () => void): void {
  if (event.key === "Escape" || event.key === "Tab") close();
  const next = nextItem(event, items);
  next?.focus();
  if (!next && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
}

/** The item that a key leads to; none where it leads nowhere. */
function nextItem(event: KeyboardEvent, items: readonly HTMLElement[]): HTMLElement | undefined {
  const at = items.findIndex((item) => item === document.activeElement);
  const to: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1 + items.length,
    Home: 0,
    End: items.length - 1,
  };
  const index = to[event.key];
  if (index !== undefined) return items[index % items.length];
  if (!/^\p{Letter}$/u.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const others = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return others.find((item) => item.innerText.toLowerCase().startsWith(event.key.toLowerCase()));
}
