/**
 * How this machine is set: what can be changed now, and how to change the rest.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { limitOf, limitText } from "../state/limits.ts";
import type { Settings } from "../state/model.ts";
import { busy, settings } from "../state/store.ts";
import { About } from "./about.tsx";
import { FolderForm } from "./folder_form.tsx";
import { InstallSwitch } from "./install_switch.tsx";
import { PartyFacts } from "./party_facts.tsx";
import { SetBy } from "./set_by.tsx";
import { type Asked, SettingForm } from "./setting_form.tsx";
import { ThemeSwitch } from "./theme_switch.tsx";

/** How long a name may be. */
const MAX_NAME = 128;

/** The view. */
export function SettingsView() {
  const set = settings.value;
  if (!set) return null;
  const locked = busy.value.length > 0 ? "The folder can be changed when nothing runs." : undefined;
  return (
    <>
      <div class="view-head">
        <h1 tabIndex={-1}>Settings</h1>
      </div>
      <Section title="Game folder">
        <FolderForm
          folder={set.game_dir ?? ""}
          label="Where games lie on this machine"
          button="Use this folder"
          must_change
          locked={locked}
        />
        <SetBy setting="game_dir" />
      </Section>
      <Limits set={set} />
      <Section title="This machine">
        <SettingForm
          setting="name"
          label="Name that others see"
          value={set.name}
          max_length={MAX_NAME}
          read={readName}
        />
        <InstallSwitch />
      </Section>
      <Section title="Party">
        <PartyFacts set={set} />
      </Section>
      <Section title="Look">
        <ThemeSwitch />
      </Section>
      <Section title="About">
        <About />
      </Section>
    </>
  );
}

function readName(text: string): Asked | string {
  const name = text.trim();
  return name === "" ? "A name has to be seen." : { wish: { name }, text: name };
}

function Limits({ set }: { set: Settings }) {
  const read = (setting: "limit_up" | "limit_down") => (text: string) => {
    const limit = limitOf(text);
    if (typeof limit === "string") return limit;
    const { bytes_per_s } = limit;
    const wish = setting === "limit_up" ? { limit_up: bytes_per_s } : { limit_down: bytes_per_s };
    return { wish, text: limitText(bytes_per_s) };
  };
  const field = { unit: "MB/s", placeholder: "no limit", is_number: true };
  return (
    <Section title="Speed limits">
      <p class="hint">
        For all machines together. A change holds at once, also for what runs. Empty is as fast as it goes.
      </p>
      <div class="setting-pair">
        <SettingForm
          {...field}
          setting="limit_down"
          label="Download at most"
          value={limitText(set.limit_down)}
          read={read("limit_down")}
        />
        <SettingForm
          {...field}
          setting="limit_up"
          label="Send at most"
          value={limitText(set.limit_up)}
          read={read("limit_up")}
        />
      </div>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card section" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
