/**
 * What every peer has to show after quiet: exactly what lies on the disks of those who can be reached. Pure.
 *
 * @module
 */

import type { GameEntry } from "../../src/peer/events.ts";
import { GameId, GameVersion } from "../../src/proto/ids.ts";

/** What one machine holds of a game. */
export interface HeldGame {
  /** The version that its sentinel names. */
  readonly version: number | undefined;
  /** The version that its install is. */
  readonly installed: number | undefined;
}

/** What lies on the disk of one running machine, by game id; only what is downloaded or installed. */
export type Held = ReadonlyMap<string, HeldGame>;

/** What a soak compares of an entry; its name and size follow from the version. */
export type Shown = Pick<
  GameEntry,
  | "id"
  | "version"
  | "local_version"
  | "downloaded"
  | "installed"
  | "availability"
  | "peer_count"
  | "operation"
>;

/** The list that a machine with `own` on its disk has to show beside `others`, sorted by id. */
export function expectedList(own: Held, others: readonly Held[]): Shown[] {
  const ids = new Set([own, ...others].flatMap((held) => [...held.keys()]));
  return [...ids].sort().map((id) =>
    expectedEntry(id, own.get(id), others.flatMap((held) => held.get(id) ?? []))
  );
}

function expectedEntry(id: string, own: HeldGame | undefined, others: readonly HeldGame[]): Shown {
  const offered = others.flatMap(({ version }) => version ?? []);
  const newest = Math.max(0, ...offered, own?.version ?? 0, own?.installed ?? 0);
  const peer_count = offered.filter((version) => version === newest).length;
  const local = own?.installed ?? own?.version;
  return {
    id: GameId.parse(id),
    version: newest === 0 ? null : textOf(newest),
    local_version: local === undefined ? null : textOf(local),
    downloaded: own?.version !== undefined,
    installed: own?.installed !== undefined,
    availability: peer_count > 0 || own?.version !== undefined ? "ready" : own ? "local_only" : "unavailable",
    peer_count,
    operation: null,
  };
}

/** Versions here are whole numbers. */
function textOf(version: number): GameVersion {
  return GameVersion.parse(String(version));
}

/** Where a list differs from what it should be, in words. */
export function viewProblems(
  viewer: string,
  expected: readonly Shown[],
  list: readonly GameEntry[],
): string[] {
  const shown = new Map(list.map((entry) => [entry.id, entry]));
  const wanted = new Set(expected.map(({ id }) => id));
  const extra = list.filter(({ id }) => !wanted.has(id)).map(({ id }) =>
    `${viewer} shows ${id}, which nobody has`
  );
  return [...extra, ...expected.flatMap((entry) => entryProblems(viewer, entry, shown.get(entry.id)))];
}

function entryProblems(viewer: string, expected: Shown, entry: GameEntry | undefined): string[] {
  if (!entry) return [`${viewer} does not show ${expected.id}`];
  const wrong = (Object.keys(expected) as (keyof Shown)[]).filter((key) => expected[key] !== entry[key]);
  return wrong.map((key) =>
    `${viewer} shows ${expected.id} with ${key} ${entry[key]}, it is ${expected[key]}`
  );
}
