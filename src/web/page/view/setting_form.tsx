/**
 * One setting as a field with its button: what is typed is saved when somebody says so, and what another page has saved
 * takes the place of it.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SettingsWish } from "../state/peer_api.ts";
import { connection } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { SetBy } from "./set_by.tsx";
import { useOrder } from "./use_order.ts";

/** What a field's text asks for. */
export interface Asked {
  wish: SettingsWish;
  /** The text as it is written once it is set. */
  text: string;
}

interface SettingFormProps {
  setting: "name" | "limit_up" | "limit_down";
  label: string;
  /** What is set, as people write it. */
  value: string;
  /** Understands the field's text; a text says what is wrong with it. */
  read: (text: string) => Asked | string;
  unit?: string;
  placeholder?: string;
  max_length?: number;
  is_number?: boolean;
}

/** The form. */
export function SettingForm(
  { setting, label, value, read, unit, placeholder = "", max_length = 16, is_number = false }:
    SettingFormProps,
) {
  const draft = useSignal<string | undefined>(undefined);
  const is_saved = useSignal(false);
  const { is_waiting, problem, give } = useOrder();
  useEffect(() => void (draft.value = undefined), [value]);
  const text = draft.value ?? value;
  const is_changed = text !== value;
  const save = async () => {
    const asked = read(text);
    if (typeof asked === "string") return void (problem.value = asked);
    is_saved.value = await give({ command: "change-settings", ...asked.wish });
    // Nothing else is heard where it was set already, only written otherwise.
    if (is_saved.value && draft.value === text) draft.value = asked.text;
  };
  const id = `setting-${setting}`;
  return (
    <form
      class="setting-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (is_changed && !is_waiting.value) void save();
      }}
    >
      <label for={id}>{label}</label>
      <div class="field-row">
        <div class="field" data-unit={unit !== undefined}>
          <input
            id={id}
            autocomplete="off"
            spellcheck={false}
            inputMode={is_number ? "decimal" : "text"}
            maxLength={max_length}
            placeholder={placeholder}
            aria-describedby={`${id}-problem ${id}-by`}
            aria-invalid={problem.value !== ""}
            value={text}
            onInput={(event) => {
              draft.value = event.currentTarget.value;
              problem.value = "";
              is_saved.value = false;
            }}
          />
          {unit !== undefined && <span class="unit" aria-hidden="true">{unit}</span>}
        </div>
        <button type="submit" class="button get" disabled={!is_changed || connection.value !== "live"}>
          Save<span class="unseen">{` ${label}`}</span>
        </button>
      </div>
      <p id={`${id}-problem`} class="problem" role="alert">{problem.value}</p>
      <p class="saved" role="status">
        {is_saved.value && !is_changed && (
          <>
            <Icon name="check" />
            Saved
          </>
        )}
      </p>
      <SetBy id={`${id}-by`} setting={setting} />
    </form>
  );
}
