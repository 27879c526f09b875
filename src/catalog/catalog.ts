/**
 * The list of games that a party plays, read from a JSON file that somebody may have written by hand: each
 * complaint names the file, the place in it, and what is wrong there.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { ByteCount, DisplayName, GameId, GameVersion } from "../proto/ids.ts";
import { MAX_GAMES } from "../proto/limits.ts";
import { foldCase } from "../proto/paths.ts";

/** The largest catalog file, in bytes. */
export const MAX_CATALOG_BYTES = 16 * 1024 * 1024;

/** One game of the catalog. `size` in bytes. */
export const CatalogGame = z.object({
  id: GameId,
  name: DisplayName,
  /** The version that a peer must hold to be a source. */
  version: GameVersion,
  size: ByteCount.optional(),
  description: z.string().max(65_536).optional(),
  /** Such as 8, or "2-16". */
  players: z.union([z.string().max(256), z.number()], { error: "must be a text or a number" }).optional(),
  genre: z.string().max(256).optional(),
});
export type CatalogGame = z.infer<typeof CatalogGame>;

/** The file. Keys that it does not name are left out. */
export const CatalogFile = z.object({
  games: z.array(CatalogGame).max(MAX_GAMES).superRefine((games, context) => {
    const places = new Map<string, number>();
    for (const [place, { id }] of games.entries()) {
      const first = places.get(foldCase(id));
      if (first === undefined) places.set(foldCase(id), place);
      else {
        const message = `"${id}" stands in games[${first}] already; ids must differ in more than case`;
        context.addIssue({ code: "custom", path: [place, "id"], message });
      }
    }
  }),
});
export type CatalogFile = z.infer<typeof CatalogFile>;

/** A catalog that was checked. */
export class Catalog {
  /** In the order of the file. */
  readonly games: readonly CatalogGame[];
  readonly #by_id: ReadonlyMap<string, CatalogGame>;

  constructor(file: CatalogFile) {
    this.games = file.games;
    this.#by_id = new Map(file.games.map((game) => [game.id, game]));
  }

  /** The game with this id, exactly as it is written. */
  get(id: GameId): CatalogGame | undefined {
    return this.#by_id.get(id);
  }

  has(id: GameId): boolean {
    return this.#by_id.has(id);
  }
}

/** Reads a catalog file. Throws `catalog_invalid` with one line that says what is wrong where. */
export async function loadCatalog(path: string, signal?: AbortSignal): Promise<Catalog> {
  const parsed = CatalogFile.safeParse(parseJson(path, await readText(path, signal)));
  if (parsed.success) return new Catalog(parsed.data);
  const [first, ...others] = parsed.error.issues;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  throw invalid(path, `${placeOf(first?.path ?? [])}: ${first?.message ?? "not valid"}${more}`);
}

async function readText(path: string, signal?: AbortSignal): Promise<string> {
  const bytes = await readBytes(path, signal);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(path, "it is not UTF-8 text; save it as UTF-8", error);
  }
}

async function readBytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw invalid(path, "it is not a file");
    if (size > MAX_CATALOG_BYTES) throw invalid(path, `it is larger than ${MAX_CATALOG_BYTES} bytes`);
    return await Deno.readFile(path, signal ? { signal } : {});
  } catch (error) {
    if (error instanceof LanspreadError || signal?.aborted) throw error;
    const missing = error instanceof Deno.errors.NotFound;
    throw invalid(path, missing ? "the file does not exist" : `it can't be read: ${messageOf(error)}`, error);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, `it is not JSON: ${messageOf(error)}`, error);
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => typeof step === "number" ? `[${step}]` : `.${String(step)}`);
  return steps.join("").replace(/^\./, "") || "the file";
}

function invalid(path: string, problem: string, cause?: unknown): LanspreadError {
  return new LanspreadError("catalog_invalid", `Cannot use the catalog ${path}: ${problem}`, { cause });
}
