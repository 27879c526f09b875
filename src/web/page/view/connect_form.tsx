/**
 * Connects to a machine by its address, for networks on which machines do not find each other.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { order } from "../state/act.ts";
import { connection } from "../state/store.ts";

/** The form. */
export function ConnectForm() {
  const addr = useSignal("");
  const is_waiting = useSignal(false);
  const connect = async () => {
    is_waiting.value = true;
    const is_done = await order({ command: "connect", addr: addr.value.trim() }, `Connect to ${addr.value}`);
    is_waiting.value = false;
    if (is_done) addr.value = "";
  };
  return (
    <form
      class="card connect"
      onSubmit={(event) => {
        event.preventDefault();
        void connect();
      }}
    >
      <label for="connect-addr">Connect by address</label>
      <p class="hint" id="connect-hint">The other machine shows its address on this view.</p>
      <div class="field-row">
        <input
          id="connect-addr"
          required
          placeholder="192.168.1.20:5477"
          aria-describedby="connect-hint"
          autocomplete="off"
          spellcheck={false}
          value={addr.value}
          onInput={(event) => addr.value = event.currentTarget.value}
        />
        <button type="submit" class="button plain" disabled={is_waiting.value || connection.value !== "live"}>
          {is_waiting.value ? "Connecting…" : "Connect"}
        </button>
      </div>
    </form>
  );
}
