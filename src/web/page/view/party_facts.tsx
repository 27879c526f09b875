/**
 * Which party this machine takes part in, and how that is changed: with a new start, because every connection rests on
 * it.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import type { Settings } from "../state/model.ts";

/** What it is, and how to change it. */
export function PartyFacts({ set }: { set: Settings }) {
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Who takes part</dt>
          <dd>{set.has_party ? "Only who knows the passphrase" : "Everybody on this network"}</dd>
        </div>
        <div>
          <dt>Games of the party</dt>
          <dd>{set.catalog === null ? "All that anybody shares" : <code>{set.catalog}</code>}</dd>
        </div>
      </dl>
      <p class="hint">These change with a new start of lanspread:</p>
      <ul class="ways hint">
        <Way name="passphrase" flag="--party" key_name="party" example="blue moon" set={set} />
        <Way name="catalog" flag="--catalog" key_name="catalog" example="catalog.json" set={set} />
      </ul>
    </>
  );
}

interface WayProps {
  name: string;
  flag: string;
  key_name: "party" | "catalog";
  example: string;
  set: Settings;
}

function Way({ name, flag, key_name, example, set: { set_by, config_file } }: WayProps) {
  const by = set_by[key_name];
  if (by !== undefined) {
    return (
      <li>
        The {name} comes from <Flag>{by}</Flag>; give another one there.
      </li>
    );
  }
  return (
    <li>
      Another {name}: start lanspread with <Flag>{`${flag} "${example}"`}</Flag>
      {config_file !== null && (
        <>
          , or write <Flag>{`"${key_name}": "${example}"`}</Flag> into <code>{config_file}</code>
        </>
      )}.
    </li>
  );
}

function Flag({ children }: { children: ComponentChildren }) {
  return <code class="flag">{children}</code>;
}
