/**
 * Makes a `LocalGame` of one game root, whatever state the root is in.
 *
 * @module
 */

import type { GameId, GameVersion } from "../proto/ids.ts";
import { MAX_SENTINEL_BYTES } from "../proto/limits.ts";
import { makeManifest, SENTINEL } from "../proto/manifest.ts";
import type { Glance, Sentinel } from "./fingerprint.ts";
import type { LocalGame } from "./local_game.ts";
import { parseVersionIni } from "./version_ini.ts";
import { walkPayload } from "./walk.ts";

/** What an examination found. */
export interface Examined {
  readonly game: LocalGame;
  /** Whether the result may be used again as long as the fingerprint stays. */
  readonly lasting: boolean;
}

/** Walks a root that was glanced at. `undefined` where it is neither downloaded nor installed. */
export async function examineRoot(
  root: string,
  id: GameId,
  glance: Glance,
  signal: AbortSignal,
): Promise<Examined | undefined> {
  const { sentinel, installed } = glance;
  if (!sentinel) return installed ? { game: installedOnly(id), lasting: true } : undefined;
  const version = parseVersionIni(sentinel.content ?? new Uint8Array()) ?? null;
  const payload = await walkPayload(root, signal);
  const problem = sentinelProblem(sentinel, version) ?? payload.problem;
  const manifest = problem === null && version !== null ? makeManifest(id, version, payload.files) : null;
  const game: LocalGame = {
    id,
    version,
    size: payload.total_bytes,
    downloaded: true,
    installed,
    manifest,
    availability: manifest ? "ready" : "local_only",
    problem,
  };
  // A problem deep in the payload can be mended without a trace in the fingerprint.
  return { game, lasting: problem === null && payload.settled };
}

function installedOnly(id: GameId): LocalGame {
  return {
    id,
    version: null,
    size: 0,
    downloaded: false,
    installed: true,
    manifest: null,
    availability: "local_only",
    problem: null,
  };
}

function sentinelProblem(sentinel: Sentinel, version: GameVersion | null): string | null {
  if (version !== null) return null;
  if (sentinel.size > MAX_SENTINEL_BYTES) return `${SENTINEL} is larger than ${MAX_SENTINEL_BYTES} bytes`;
  if (sentinel.content === null) return `${SENTINEL} can't be read; check its permissions`;
  return `${SENTINEL} names no version; write one such as 1.0 in its first line (letters, digits, . _ -)`;
}
