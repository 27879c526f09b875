/**
 * The way between the views: a column on wide screens, a bar at the bottom of narrow ones.
 *
 * @module
 */

import { formatCount } from "../state/format.ts";
import { linkTo, type View, view, VIEWS } from "../state/router.ts";
import { busy, incompatible, machines, settings } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { Mark } from "./mark.tsx";
import { QuickTheme } from "./quick_theme.tsx";

const LABELS: Record<View, string> = {
  library: "Library",
  activity: "Activity",
  machines: "Machines",
  settings: "Settings",
};

/** The way. */
export function Nav() {
  return (
    <header class="side">
      <a class="brand" href={linkTo("library")}>
        <Mark />
        <span>lanspread</span>
      </a>
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a
            key={name}
            class="nav-link"
            href={linkTo(name)}
            aria-current={view.value === name ? "page" : undefined}
          >
            <Icon name={name} />
            <span>{LABELS[name]}</span>
            <Count name={name} />
          </a>
        ))}
      </nav>
      <div class="side-foot">
        <p class="who" title={`Others see this machine as ${settings.value?.name}`}>{settings.value?.name}</p>
        <QuickTheme />
      </div>
    </header>
  );
}

function Count({ name }: { name: View }) {
  if (name === "activity" && busy.value.length > 0) return <span class="badge hot">{busy.value.length}</span>;
  if (name !== "machines") return null;
  if (incompatible.value.length === 0) return <span class="badge">{machines.value.size}</span>;
  return (
    <span class="badge bad">
      <span aria-hidden="true">!</span>
      <span class="unseen">{formatCount(incompatible.value.length, "machine")} with another version</span>
    </span>
  );
}
