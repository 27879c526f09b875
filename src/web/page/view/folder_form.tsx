/**
 * Chooses the folder that holds the games.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connection } from "../state/store.ts";
import { FolderBrowser } from "./folder_browser.tsx";
import { Icon } from "./icons.tsx";
import { useOrder } from "./use_order.ts";

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
  const { is_waiting, problem, give } = useOrder();
  const is_browsing = useSignal(false);
  // Another page may choose one, too.
  useEffect(() => void (path.value = folder), [folder]);
  // As it was typed: the name of a folder may begin or end with a space.
  const game_dir = path.value;
  const is_same = must_change && game_dir === folder;
  return (
    <form
      class="folder"
      onSubmit={(event) => {
        event.preventDefault();
        void give({ command: "set-game-dir", game_dir, create: true });
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
            value={game_dir}
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
          start={game_dir}
          onChoose={(chosen) => path.value = chosen}
          onClose={() => is_browsing.value = false}
        />
      )}
      {game_dir !== game_dir.trim() && <p class="hint">The path begins or ends with a space.</p>}
      {locked && <p class="hint">{locked}</p>}
    </form>
  );
}
