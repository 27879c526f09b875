/**
 * The whole page.
 *
 * @module
 */

import { useEffect, useRef } from "preact/hooks";
import { type View, view } from "../state/router.ts";
import { connection, model, settings } from "../state/store.ts";
import { dialogs } from "../state/ui.ts";
import { Activity } from "./activity.tsx";
import { FirstRun } from "./first_run.tsx";
import { GamePanel } from "./game_panel.tsx";
import { Library } from "./library.tsx";
import { Machines } from "./machines.tsx";
import { Nav } from "./nav.tsx";
import { Notes } from "./notes.tsx";
import { Offline } from "./offline.tsx";
import { QuestionBox } from "./question.tsx";
import { SettingsView } from "./settings.tsx";
import { useTitle } from "./use_title.ts";
import { Waiting } from "./waiting.tsx";

const VIEWS: Record<View, () => preact.JSX.Element | null> = {
  library: Library,
  activity: Activity,
  machines: Machines,
  settings: SettingsView,
};

/** The page, by what is known. */
export function App() {
  if (!model.value) return <Waiting is_lost={connection.value === "lost"} />;
  return (
    <>
      <Offline />
      {settings.value?.game_dir === null ? <FirstRun /> : <Shell />}
      <QuestionBox />
      {dialogs.value.length === 0 && <Notes />}
    </>
  );
}

function Shell() {
  const Shown = VIEWS[view.value];
  useHeadingFocus(view.value);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>Skip to the games</a>
      <Nav />
      <main id="main" tabIndex={-1}>
        <Shown />
      </main>
      <GamePanel />
      <Title />
    </div>
  );
}

/** Whoever goes to another view goes on reading at its heading. */
function useHeadingFocus(name: View): void {
  const last = useRef(name);
  useEffect(() => {
    if (last.current === name) return;
    last.current = name;
    document.querySelector("h1")?.focus();
  }, [name]);
}

/** Keeps the title; drawn apart, because it changes with every step of a download. */
function Title() {
  useTitle();
  return null;
}

/** The address holds the view, so the browser can't jump by itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
