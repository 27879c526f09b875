/**
 * Writes down what a game folder holds as a catalog, for somebody to edit and hand around.
 *
 * @module
 */

import type { GameId } from "../proto/ids.ts";
import { foldCase } from "../proto/paths.ts";
import { LibraryIndex } from "../watch/index.ts";
import { scanLibrary } from "../watch/scan.ts";
import type { CatalogFile } from "./catalog.ts";

/** A catalog and what could not go into it. */
export interface BuiltCatalog {
  readonly catalog: CatalogFile;
  readonly left_out: { readonly name: string; readonly reason: string }[];
}

/** Makes a catalog of a folder: every game that can be shared, named after its root. Throws `io`. */
export async function buildCatalog(game_dir: string, signal: AbortSignal): Promise<BuiltCatalog> {
  using index = LibraryIndex.inMemory();
  const { games, skipped } = await scanLibrary(game_dir, { signal, index });
  const built: BuiltCatalog = { catalog: { games: [] }, left_out: [...skipped] };
  const ids = new Map<string, GameId>();
  for (const { id, size, manifest, problem } of games.values()) {
    const twin = ids.get(foldCase(id));
    if (!manifest) {
      built.left_out.push({ name: id, reason: problem ?? "it is installed, but not downloaded" });
    } else if (twin) {
      built.left_out.push({ name: id, reason: `it differs from ${twin} in case only; rename one` });
    } else {
      ids.set(foldCase(id), id);
      built.catalog.games.push({ id, name: id, version: manifest.version, size });
    }
  }
  return built;
}
