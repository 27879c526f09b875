/**
 * What stands where nothing is: what that means, and what to do.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";

/** An empty place. */
export function Empty(
  { icon, title, children }: { icon: IconName; title: string; children: ComponentChildren },
) {
  return (
    <div class="empty">
      <div class="empty-icon">
        <Icon name={icon} />
      </div>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
