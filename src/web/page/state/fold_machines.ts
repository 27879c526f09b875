/**
 * Other machines as they come and go. Pure.
 *
 * @module
 */

import type { Told } from "../../answer_schemas.ts";
import type { Model } from "./model.ts";

type Of<E extends Told["event"]> = Extract<Told, { event: E }>;
type Met = Extract<Told, { peer_id: unknown; name: unknown; addr: unknown }>;

/** How many names of machines that left are kept; what they have sent is shown with them. */
const MAX_NAMES = 500;

/** The names with one more, or a new one; the oldest give way. */
export function withNames(
  names: ReadonlyMap<string, string>,
  machines: Iterable<{ peer_id: string; name: string }>,
): Map<string, string> {
  const all = new Map(names);
  for (const { peer_id, name } of machines) {
    all.delete(peer_id);
    all.set(peer_id, name);
  }
  return new Map([...all].slice(-MAX_NAMES));
}

/** A machine was seen; it is not connected yet. Where its version is another one, `peer-lost` says so next. */
export function discovered(model: Model, { peer_id, name }: Met): Model {
  return {
    ...model,
    names: withNames(model.names, [{ peer_id, name }]),
    incompatible: model.incompatible.filter((peer) => peer.peer_id !== peer_id),
  };
}

/** A machine is connected, or has another name or address. */
export function meet(model: Model, { peer_id, name, addr }: Met): Model {
  const game_count = model.machines.get(peer_id)?.game_count ?? 0;
  return {
    ...discovered(model, { event: "peer-connected", peer_id, name, addr }),
    machines: new Map(model.machines).set(peer_id, { peer_id, name, addr, game_count }),
    announced: model.announced + 1,
  };
}

/** A machine has left, or can't be talked to. */
export function lose(model: Model, { peer_id, reason }: Of<"peer-lost">): Model {
  const machines = new Map(model.machines);
  machines.delete(peer_id);
  const others = model.incompatible.filter((peer) => peer.peer_id !== peer_id);
  const name = model.names.get(peer_id) ?? peer_id;
  const incompatible = reason === "incompatible" ? [...others, { peer_id, name }] : others;
  return { ...model, machines, incompatible, announced: model.announced + 1 };
}

/** What a machine has is known anew. */
export function countGames(model: Model, { peer_id, game_count }: Of<"peer-library-changed">): Model {
  const machine = model.machines.get(peer_id);
  const announced = model.announced + 1;
  if (!machine) return { ...model, announced };
  return { ...model, announced, machines: new Map(model.machines).set(peer_id, { ...machine, game_count }) };
}
