/**
 * The other machines: who is here, who can't be understood, and what to check when nobody comes.
 *
 * @module
 */

import { formatCount } from "../state/format.ts";
import type { Machine } from "../state/model.ts";
import { incompatible, machines, model } from "../state/store.ts";
import { ConnectForm } from "./connect_form.tsx";
import { Incompatibles } from "./incompatibles.tsx";
import { initialsOf } from "../state/cover.ts";
import { NobodyHere } from "./nobody_here.tsx";

/** The view. */
export function Machines() {
  const others = [...machines.value.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  return (
    <>
      <div class="view-head">
        <h1 tabIndex={-1}>Machines</h1>
      </div>
      <ul class="machines" aria-label="Machines that are here">
        <MachineCard machine={own()} is_own />
        {others.map((machine) => <MachineCard key={machine.peer_id} machine={machine} />)}
      </ul>
      {incompatible.value.length > 0 && <Incompatibles peers={incompatible.value} />}
      {others.length === 0 && <NobodyHere />}
      <ConnectForm />
    </>
  );
}

function own(): Machine {
  const { status, settings, games = [] } = model.value ?? {};
  const game_count = games.filter(({ downloaded }) => downloaded).length;
  return {
    peer_id: status?.peer_id ?? ("" as Machine["peer_id"]),
    addr: status?.listen_addr ?? ("" as Machine["addr"]),
    name: settings?.name ?? "",
    game_count,
  };
}

function MachineCard({ machine, is_own = false }: { machine: Machine; is_own?: boolean }) {
  return (
    <li class="card machine" data-peer={machine.peer_id}>
      <span class="avatar" aria-hidden="true">{initialsOf(machine.name)}</span>
      <div>
        <p class="machine-name">
          {machine.name}
          {is_own && <span class="tag">this machine</span>}
        </p>
        <p class="machine-facts">
          {formatCount(machine.game_count, "game")} · <code>{machine.addr}</code>
        </p>
      </div>
    </li>
  );
}
