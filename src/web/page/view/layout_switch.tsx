/**
 * Grid or list.
 *
 * @module
 */

import { layout } from "../state/ui.ts";
import { Icon } from "./icons.tsx";

/** Two buttons, one of them pressed. */
export function LayoutSwitch() {
  return (
    <div class="segments" role="group" aria-label="Layout">
      {(["grid", "list"] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-label={name === "grid" ? "Grid" : "List"}
          aria-pressed={layout.value === name}
          onClick={() => layout.value = name}
        >
          <Icon name={name} />
        </button>
      ))}
    </div>
  );
}
