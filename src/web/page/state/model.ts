/**
 * What the page knows: the peer's state as its event stream tells it.
 *
 * @module
 */

import type { ListedPeer, Recent, Snapshot } from "../../answer_schemas.ts";

/** One game of the list. */
export type Game = Snapshot["games"][number];
export type Settings = Snapshot["settings"];
/** A machine that speaks another version; the event alone does not say where it is. */
export type Incompatible = { readonly peer_id: string; readonly name: string };
/** What runs on a game. */
export type Operation = NonNullable<Game["operation"]>;
/** Another machine; its games are asked for when they are shown. */
export type Machine = Pick<ListedPeer, "peer_id" | "name" | "addr" | "game_count">;
/** A line of the activity log, with a number of its own. */
export type LogLine = Recent & { readonly key: number };

/** How far an operation is. */
export interface Live {
  readonly phase: "download" | "install";
  readonly done_bytes: number;
  readonly total_bytes: number;
  readonly bytes_per_s: number;
  readonly eta_s: number | null;
  /** Machines that are sending now. */
  readonly active_peers: number;
  /** Bytes by peer_id. */
  readonly shares: ReadonlyMap<string, number>;
  /** Speeds of late, the newest last, in bytes a second. */
  readonly speeds: readonly number[];
  /** When the newest speed was taken, and how far it was then. */
  readonly sampled_ms: number;
  readonly sampled_bytes: number;
}

/** The whole state. */
export interface Model {
  readonly version: string;
  readonly status: Snapshot["status"];
  readonly settings: Settings;
  readonly suggested_game_dir: string | null;
  readonly games: readonly Game[];
  readonly machines: ReadonlyMap<string, Machine>;
  readonly incompatible: readonly Incompatible[];
  /** Names of machines that are here or were here of late. */
  readonly names: ReadonlyMap<string, string>;
  readonly live: ReadonlyMap<string, Live>;
  readonly log: readonly LogLine[];
  /** Grows with every change of what another machine announces. */
  readonly announced: number;
}
