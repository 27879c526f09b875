/**
 * Whether a download is followed by its install.
 *
 * @module
 */

import { order } from "../state/act.ts";
import { connection, settings } from "../state/store.ts";
import { SetBy } from "./set_by.tsx";

/** The switch; it shows what the peer says, not what was clicked. */
export function InstallSwitch() {
  const is_on = settings.value?.install ?? true;
  return (
    <div>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={is_on}
          disabled={connection.value !== "live"}
          aria-describedby="install-by"
          onChange={(event) => {
            event.currentTarget.checked = is_on;
            void order({ command: "change-settings", install: !is_on }, "Install after a download");
          }}
        />
        Install games when their download is finished
      </label>
      <SetBy id="install-by" setting="install" />
    </div>
  );
}
