/**
 * How this machine is set: what can be changed now, and how to change the rest.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { formatSpeed } from "../state/format.ts";
import { busy, model, settings } from "../state/store.ts";
import { FolderForm } from "./folder_form.tsx";
import { ThemeSwitch } from "./theme_switch.tsx";

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
          key={set.game_dir}
          folder={set.game_dir ?? ""}
          label="Where games lie on this machine"
          button="Use this folder"
          must_change
          hint="It is remembered for the next start, unless lanspread is started with another --game-dir."
          locked={locked}
        />
      </Section>
      <Section title="Look">
        <ThemeSwitch />
      </Section>
      <Section title="This machine">
        <p class="hint">
          These are set when lanspread starts, by a flag or in its config.json; they hold until its next
          start.
        </p>
        <dl class="facts">
          <Setting name="Name" flag="--name">{set.name}</Setting>
          <Setting name="Party" flag="--party">
            {set.has_party
              ? "closed: only who knows the passphrase takes part"
              : "open to everybody on this network"}
          </Setting>
          <Setting name="Send at most" flag="--limit-up">{rate(set.limit_up)}</Setting>
          <Setting name="Download at most" flag="--limit-down">{rate(set.limit_down)}</Setting>
          <Setting name="After a download" flag="--no-install">
            {set.install ? "install it" : "do nothing"}
          </Setting>
          <Setting name="Games of this party" flag="--catalog">
            {set.catalog ?? "all that anybody shares"}
          </Setting>
        </dl>
      </Section>
      <About />
    </>
  );
}

function rate(bytes_per_s: number | null): string {
  return bytes_per_s === null ? "no limit" : formatSpeed(bytes_per_s);
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card section" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Setting({ name, flag, children }: { name: string; flag: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children} <code class="flag">{flag}</code>
      </dd>
    </div>
  );
}

function About() {
  const { version, status } = model.value ?? {};
  return (
    <Section title="About">
      <dl class="facts">
        <div>
          <dt>lanspread</dt>
          <dd>{version}</dd>
        </div>
        <div>
          <dt>Address</dt>
          <dd>
            <code>{status?.listen_addr}</code>
          </dd>
        </div>
        <div>
          <dt>Network engine</dt>
          <dd>{status?.quic}</dd>
        </div>
        <div>
          <dt>For programs</dt>
          <dd>
            <a href="/api/v1/openapi.json">control API</a>, <a href="/metrics">metrics</a>
          </dd>
        </div>
      </dl>
    </Section>
  );
}
