/**
 * Which children of a game directory may be game roots.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { type GameId, gameIdProblem, parseGameId } from "../proto/ids.ts";
import { type Entry, listFolder } from "./root_listing.ts";

/** A child of the game directory that is no game, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** The children of a game directory: those to look at, and those that can't be game roots. */
export interface Candidates {
  readonly candidates: GameId[];
  readonly skipped: Skipped[];
}

/** Lists a game directory. Throws `io`, naming the directory, where it can't be read. */
export async function listCandidates(game_dir: string): Promise<Candidates> {
  const found: Candidates = { candidates: [], skipped: [] };
  for (const entry of await listGameDir(game_dir)) {
    const reason = candidateProblem(entry);
    if (reason === undefined) found.candidates.push(parseGameId(entry.name));
    else found.skipped.push({ name: entry.name, reason });
  }
  return found;
}

function candidateProblem({ name, kind }: Entry): string | undefined {
  if (kind === "file") return "it is a file; a game is a folder";
  if (kind === "other") return "it is a link or a special file; links are not followed";
  return gameIdProblem(name);
}

async function listGameDir(game_dir: string): Promise<Entry[]> {
  try {
    return await listFolder(game_dir);
  } catch (error) {
    throw new LanspreadError("io", `Cannot read the game folder ${game_dir}: ${adviceFor(error)}`, {
      cause: error,
    });
  }
}

function adviceFor(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist; create it or choose another folder";
  if (error instanceof Deno.errors.NotADirectory) return "it is not a folder; choose another one";
  return `${messageOf(error)}; check its permissions or choose another folder`;
}
