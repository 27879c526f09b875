/**
 * What must hold of a game root at every moment, with a peer in it or after it was killed: a sentinel stands only on the
 * whole of the version that it names, and an install is exactly one version. Pure.
 *
 * @module
 */

import type { RootLook } from "./disk_look.ts";
import type { Hashes, TrueVersion } from "./games.ts";

const SHOWN = 3;
/** What lanspread may make beside payload and install, and for how long. */
const SCRATCH_AT_WORK = [".version.ini.tmp", ".version.ini.discarded", ".local.installing", ".local.backup"];

/** What is wrong with a sentinel; nothing where none stands. */
export function sentinelProblems(look: RootLook, versions: ReadonlyMap<number, TrueVersion>): string[] {
  if (look.version === undefined) return [];
  const truth = /^\d+$/.test(look.version) ? versions.get(Number(look.version)) : undefined;
  if (!truth) return [`${look.game_id}: the sentinel names "${look.version}", which never was`];
  const wrong = differences(truth.payload, look.payload);
  if (wrong.length === 0) return [];
  return [`${look.game_id}: a sentinel stands on a wrong version ${look.version}: ${shown(wrong)}`];
}

/** The version that an install is, where it is exactly one. */
export function installedVersion(
  local: Hashes,
  versions: ReadonlyMap<number, TrueVersion>,
): number | undefined {
  for (const [version, truth] of versions) {
    if (differences(truth.local, local).length === 0) return version;
  }
  return undefined;
}

/** What is wrong with an install; nothing where there is none. */
export function installProblems(look: RootLook, versions: ReadonlyMap<number, TrueVersion>): string[] {
  if (!look.local || installedVersion(look.local, versions) !== undefined) return [];
  const closest = [...versions].map(([version, truth]) => {
    return { version, wrong: differences(truth.local, look.local ?? new Map()) };
  }).toSorted((a, b) => a.wrong.length - b.wrong.length)[0];
  const why = closest ? `; next to version ${closest.version}: ${shown(closest.wrong)}` : "";
  return [`${look.game_id}: local/ is no version${why}`];
}

/** Names in a root that neither a version of the game nor lanspread's scratch has. `at_rest`: no scratch either. */
export function strangeNames(
  { game_id, names }: RootLook,
  versions: ReadonlyMap<number, TrueVersion>,
  at_rest: boolean,
): string[] {
  const known = new Set(["version.ini", "local", ...at_rest ? [] : SCRATCH_AT_WORK]);
  for (const { payload } of versions.values()) {
    for (const path of payload.keys()) known.add(path.split("/")[0] ?? "");
  }
  const strange = names.filter((name) => !known.has(name));
  return strange.length === 0 ? [] : [`${game_id}: ${strange.join(", ")} should not be there`];
}

/** Paths where two trees differ, and how. */
export function differences(expected: Hashes, actual: Hashes): string[] {
  const missing = [...expected.keys()].filter((path) => !actual.has(path)).map((path) =>
    `${path} is missing`
  );
  const wrong = [...actual].filter(([path, sha256]) => expected.get(path) !== sha256);
  return [
    ...missing,
    ...wrong.map(([path]) => expected.has(path) ? `${path} differs` : `${path} is too much`),
  ];
}

function shown(problems: readonly string[]): string {
  const more = problems.length > SHOWN ? ` and ${problems.length - SHOWN} more` : "";
  return problems.slice(0, SHOWN).join(", ") + more;
}
