/**
 * Which games others may have of this peer now.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { GameId } from "../proto/ids.ts";
import type { Manifest } from "../proto/manifest.ts";
import type { LocalLibrary } from "./local_library.ts";
import type { Operations } from "./operations.ts";

/** What is to be asked. */
export interface ServableParts {
  library: Pick<LocalLibrary, "get">;
  operations: Pick<Operations, "kindOf">;
  catalog: Catalog | undefined;
}

/** The manifest of a game that may be served now. Throws `game_not_found` and `not_transferable`. */
export function servableManifest({ library, operations, catalog }: ServableParts, game_id: GameId): Manifest {
  const game = library.get(game_id);
  if (!game?.downloaded || (catalog && !catalog.has(game_id))) {
    throw new LanspreadError("game_not_found", `${game_id} is not here`);
  }
  const kind = operations.kindOf(game_id);
  if (kind) throw new LanspreadError("not_transferable", `${game_id} is busy: ${kind}`);
  if (game.manifest) return game.manifest;
  throw new LanspreadError("not_transferable", `${game_id} can't be served as it is`);
}
