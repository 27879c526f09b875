/**
 * What is known about one game of this machine.
 *
 * @module
 */

import type { GameId, GameVersion } from "../proto/ids.ts";
import type { Availability, GameSummary } from "../proto/library.ts";
import type { Manifest } from "../proto/manifest.ts";

/** One game root that is downloaded, installed, or both. */
export interface LocalGame {
  readonly id: GameId;
  /** `null` where it is not downloaded, or its `version.ini` names none. */
  readonly version: GameVersion | null;
  /** The version of the install, where it is remembered; a scan of the disk alone does not know it. */
  readonly installed_version?: GameVersion;
  /** Bytes of the payload, without `local/`; 0 where the game is not downloaded. */
  readonly size: number;
  readonly downloaded: boolean;
  readonly installed: boolean;
  /** What can be served; `null` where the game is not downloaded or has a problem. */
  readonly manifest: Manifest | null;
  /** `ready` exactly when there is a manifest. */
  readonly availability: Availability;
  /** Why a downloaded game can't be served, in words that name the file; `null` where nothing is wrong. */
  readonly problem: string | null;
}

/** The game as it is announced, under the name that people read. */
export function summarize(game: LocalGame, name: string): GameSummary {
  return {
    id: game.id,
    name,
    version: game.downloaded ? game.version : game.installed_version ?? null,
    size: game.size,
    downloaded: game.downloaded,
    installed: game.installed,
    manifest_hash: game.manifest?.manifest_hash ?? null,
    availability: game.availability,
  };
}
