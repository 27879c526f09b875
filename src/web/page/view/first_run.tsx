/**
 * The first start: one question, with an answer that fits most people.
 *
 * @module
 */

import { model } from "../state/store.ts";
import { FolderForm } from "./folder_form.tsx";
import { Mark } from "./mark.tsx";

/** What stands instead of everything else until a game folder is chosen. */
export function FirstRun() {
  return (
    <main class="first-run" id="main">
      <div class="card first-card">
        <Mark />
        <h1>Where shall your games live?</h1>
        <p>
          lanspread puts the games that you get from others here, and shares what is in it. A folder that you
          have brought from an earlier party is just right; one that isn't there yet is made.
        </p>
        <FolderForm
          folder={model.value?.suggested_game_dir ?? ""}
          label="Game folder"
          button="Start sharing"
        />
      </div>
    </main>
  );
}
