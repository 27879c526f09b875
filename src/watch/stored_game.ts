/**
 * How a game stands in the index: JSON, read back through a schema. What does not fit is as good as not
 * there.
 *
 * @module
 */

import { z } from "zod";
import { ByteCount, type GameId, GameVersion } from "../proto/ids.ts";
import { makeManifest, ManifestFiles } from "../proto/manifest.ts";
import type { LocalGame } from "./local_game.ts";

const StoredGame = z.object({
  version: GameVersion.nullable(),
  size: ByteCount,
  downloaded: z.boolean(),
  installed: z.boolean(),
  files: ManifestFiles.nullable(),
  problem: z.string().nullable(),
});

/** The JSON text of a game. */
export function encodeGame(game: LocalGame): string {
  const { version, size, downloaded, installed, manifest, problem } = game;
  const stored: z.input<typeof StoredGame> = {
    version,
    size,
    downloaded,
    installed,
    files: manifest?.files.map(({ path, size }) => ({ path, size })) ?? null,
    problem,
  };
  return JSON.stringify(stored);
}

/** The game that the text of `encodeGame` stands for, or `undefined` where the text is no such thing. */
export function decodeGame(id: GameId, text: string): LocalGame | undefined {
  const stored = parseStored(text);
  if (!stored) return undefined;
  const { version, files, ...facts } = stored;
  const manifest = version !== null && files !== null ? makeManifest(id, version, files) : null;
  return { id, version, ...facts, manifest, availability: manifest ? "ready" : "local_only" };
}

function parseStored(text: string): z.infer<typeof StoredGame> | undefined {
  try {
    return StoredGame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
