/**
 * Manifests for tests, of games that need not exist.
 *
 * @module
 */

import { GameId, GameVersion } from "../../src/proto/ids.ts";
import { makeManifest, type Manifest } from "../../src/proto/manifest.ts";
import { ManifestPath } from "../../src/proto/paths.ts";

/** A manifest with these sizes by path, and a sentinel of three bytes. */
export function manifestOf(id: string, version: string, sizes: Record<string, number>): Manifest {
  const files = Object.entries({ ...sizes, "version.ini": 3 })
    .map(([path, size]) => ({ path: ManifestPath.parse(path), size }));
  return makeManifest(GameId.parse(id), GameVersion.parse(version), files);
}
