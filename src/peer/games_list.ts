/**
 * The games list: catalog, local library and peers merged. Pure.
 *
 * @module
 */

import type { Catalog, CatalogGame } from "../catalog/catalog.ts";
import { compareText, compareVersions, type GameId, type GameVersion } from "../proto/ids.ts";
import type { LocalGame } from "../watch/local_game.ts";
import { join } from "../base/std/path.ts";
import type { GameDetails, GameEntry, OperationKind } from "./events.ts";
import type { PeerGameDB } from "./peer_db.ts";

/** Where the list is made from. */
export interface GamesListSources {
  catalog: Catalog | undefined;
  local: (id: GameId) => LocalGame | undefined;
  local_ids: () => Iterable<GameId>;
  peers: PeerGameDB;
  operation: (id: GameId) => OperationKind | null;
}

/** Every game that can be shown, sorted by id: with a catalog exactly its games, otherwise all that are known. */
export function gamesList(sources: GamesListSources): GameEntry[] {
  const { catalog, peers } = sources;
  const ids = catalog
    ? new Set(catalog.games.map((game) => game.id))
    : new Set([...sources.local_ids(), ...peers.gameIds()]);
  return [...ids].sort(compareText).map((id) => gameEntry(sources, id));
}

/** One game of the list. */
export function gameEntry(sources: GamesListSources, id: GameId): GameEntry {
  const local = sources.local(id);
  const version = wantedVersion(sources, id) ?? null;
  const holders = version ? sources.peers.sources(id, version) : [];
  const announced = holders[0]?.games.get(id);
  const offered = local?.version === version ? local : announced;
  return {
    id,
    name: sources.catalog?.get(id)?.name ?? announced?.name ?? id,
    size: offered?.size || announced?.size || sources.catalog?.get(id)?.size || local?.size || 0,
    version,
    local_version: local?.installed_version ?? local?.version ?? null,
    downloaded_version: local?.downloaded ? local.version : null,
    downloaded: local?.downloaded ?? false,
    installed: local?.installed ?? false,
    availability: availabilityOf(holders.length, local),
    peer_count: holders.length,
    operation: sources.operation(id),
    ...wordsOf(sources.catalog?.get(id)),
  };
}

/** One game with what is told of it alone. */
export function gameDetails(sources: GamesListSources, id: GameId, game_dir: string): GameDetails {
  const description = sources.catalog?.get(id)?.description;
  return {
    ...gameEntry(sources, id),
    ...description === undefined ? {} : { description },
    folder: sources.local(id) ? join(game_dir, id) : null,
  };
}

/** Whether there is anything to tell of a game. */
export function isKnown({ catalog, local, peers }: GamesListSources, id: GameId): boolean {
  return catalog ? catalog.has(id) : local(id) !== undefined || peers.gameIds().has(id);
}

function wordsOf(game: CatalogGame | undefined): Pick<GameEntry, "players" | "genre"> {
  const { players, genre } = game ?? {};
  return {
    ...players === undefined ? {} : { players },
    ...genre === undefined ? {} : { genre },
  };
}

function availabilityOf(peer_count: number, local: LocalGame | undefined): GameEntry["availability"] {
  if (peer_count > 0 || local?.manifest) return "ready";
  return local ? "local_only" : "unavailable";
}

/** The version that counts: the catalog's, otherwise the newest that a ready peer or this one holds or has installed. */
export function wantedVersion(
  { catalog, local, peers }: Pick<GamesListSources, "catalog" | "local" | "peers">,
  id: GameId,
): GameVersion | undefined {
  if (catalog) return catalog.get(id)?.version;
  const here = local(id);
  const versions = [peers.newestVersion(id), here?.version, here?.installed_version];
  return versions.filter((version) => version !== undefined && version !== null).sort(compareVersions).at(-1);
}
