/**
 * Chooses the folder that holds the games.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { command } from "../state/peer_api.ts";
import { connection } from "../state/store.ts";
import { Icon } from "./icons.tsx";

interface FolderFormProps {
  /** The folder that the field begins with. */
  folder: string;
  label: string;
  button: string;
  /** Whether only another folder can be chosen. */
  must_change?: boolean;
  /** Why it can't be changed now. */
  locked?: string | undefined;
}

/** The form; what is wrong with a folder stands under its field. */
export function FolderForm({ folder, label, button, must_change = false, locked }: FolderFormProps) {
  const path = useSignal(folder);
  const problem = useSignal("");
  const is_waiting = useSignal(false);
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
          type="submit"
          class="button get"
          disabled={is_waiting.value || is_same || locked !== undefined || connection.value !== "live"}
        >
          {button}
        </button>
      </div>
      <p id="folder-problem" class="problem" role="alert">{problem.value}</p>
      {locked && <p class="hint">{locked}</p>}
    </form>
  );
}
