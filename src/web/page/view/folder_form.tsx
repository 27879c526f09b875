/**
 * Chooses the folder that holds the games.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { command } from "../state/peer_api.ts";
import { connection } from "../state/store.ts";
import { FolderBrowser } from "./folder_browser.tsx";
import { Icon } from "./icons.tsx";

interface FolderFormProps {
  /** The folder that the field begins with. */
  folder: string;
  label: string;
  button: string;
  /** Whether only another folder can be chosen. */
  must_change?: boolean;
  hint?: string;
  /** Why it can't be changed now. */
  locked?: string | undefined;
}

/** The form; what is wrong with a folder stands under its field. */
export function FolderForm({ folder, label, button, must_change = false, hint, locked }: FolderFormProps) {
  const path = useSignal(folder);
  const problem = useSignal("");
  const is_waiting = useSignal(false);
  const is_browsing = useSignal(false);
  const is_same = must_change && path.value.trim() === folder;
  const choose = async () => {
    is_waiting.value = true;
    problem.value = "";
    const wish = { command: "set-game-dir", game_dir: path.value.trim(), create: true } as const;
    await command(wish).catch((error) =>
      problem.value = error instanceof Error ? error.message : String(error)
    );
    is_waiting.value = false;
  };
  return (
    <form
      class="folder"
      onSubmit={(event) => {
        event.preventDefault();
        void choose();
      }}
    >
      <label for="folder-path">{label}</label>
      <div class="field-row">
        <div class="field">
          <Icon name="folder" />
          <input
            id="folder-path"
            required
            autocomplete="off"
            spellcheck={false}
            aria-describedby="folder-problem"
            aria-invalid={problem.value !== ""}
            value={path.value}
            disabled={locked !== undefined}
            onInput={(event) => path.value = event.currentTarget.value}
          />
        </div>
        <button
          type="button"
          class="button plain"
          disabled={locked !== undefined || connection.value !== "live"}
          onClick={() => is_browsing.value = true}
        >
          Browse…
        </button>
        <button
          type="submit"
          class="button get"
          disabled={is_waiting.value || is_same || locked !== undefined || connection.value !== "live"}
        >
          {button}
        </button>
      </div>
      <p id="folder-problem" class="problem" role="alert">{problem.value}</p>
      {is_browsing.value && (
        <FolderBrowser
          start={path.value.trim()}
          onChoose={(chosen) => path.value = chosen}
          onClose={() => is_browsing.value = false}
        />
      )}
      {locked && <p class="hint">{locked}</p>}
      {hint && <p class="hint">{hint}</p>}
    </form>
  );
}
