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
        <h1>Where should your games live?</h1>
        <p>
          Games that you get from others are saved here, and what is in here is shared. Choose the folder of
          an earlier party, or let lanspread make a new one.
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
