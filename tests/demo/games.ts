/**
 * The games of the demo: what is inside their archives, and how they get onto a peer's disk.
 *
 * Nothing here is a real game; names and sizes are made up, contents come from `content.ts`.
 *
 * @module
 */

import { dirname, join } from "../../src/base/std/path.ts";
import { type RarWriterEntry, writeStoredRar5 } from "../support/rar_writer.ts";
import { SeededContent } from "./content.ts";
import type { PeerName } from "./party.ts";

/** One file inside an archive; `size` in bytes. */
export interface GameFile {
  path: string;
  size: number;
}

/** A game and who has it. */
export interface Game {
  id: string;
  version: string;
  holders: readonly PeerName[];
  /** What an install has to contain. */
  files: readonly GameFile[];
  /** Every folder of an install, those above the files included. */
  folders: readonly string[];
}

const MODIFIED_S = Date.UTC(2024, 10, 16, 20, 0, 0) / 1_000;
const COVER_BYTES = 181_413;

/** The games; the files of the first add up to `big_bytes`. */
export function partyGames(big_bytes: number): [big: Game, small: Game, other: Game] {
  const big = [
    { path: "bin/iron_orbit.exe", size: 6_203_511 },
    { path: "bin/physics.dll", size: 1_902_080 },
    { path: "config/player.cfg", size: 0 },
    { path: "data/sounds.pak", size: Math.floor(big_bytes * 0.12) },
    { path: "data/textures_hd.pak", size: Math.floor(big_bytes * 0.3) },
    { path: "maps/01_launch_pad.map", size: 2_400_017 },
    { path: "maps/02_地図_雪の砦.map", size: 1_733_001 },
    { path: "music/Überfahrt.ogg", size: 3_141_593 },
  ];
  const world = { path: "data/world.pak", size: big_bytes - sizeOf(big) };
  return [
    game("iron_orbit", "1.4.2", ["alice", "bob"], [...big, world], ["saves"]),
    game("käferjagd", "2.1", ["alice", "bob"], [
      { path: "käferjagd.exe", size: 1_310_721 },
      { path: "daten/wiese.dat", size: 7_654_321 },
      { path: "daten/töne.dat", size: 2_999_999 },
      { path: "lies mich.txt", size: 1_789 },
    ], ["spielstände"]),
    game("pixel_karts", "0.9.1", ["bob"], [
      { path: "pixel_karts.exe", size: 990_001 },
      { path: "tracks/oval.trk", size: 4_100_003 },
    ], ["replays"]),
  ];
}

function game(
  id: string,
  version: string,
  holders: readonly PeerName[],
  files: readonly GameFile[],
  empty_folders: readonly string[],
): Game {
  const above = files.map(({ path }) => dirname(path)).filter((path) => path !== ".");
  return { id, version, holders, files, folders: [...new Set([...above, ...empty_folders])].toSorted() };
}

/** The bytes that `files` take. */
export function sizeOf(files: readonly GameFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Whose disk has the game first. Throws where nobody has it. */
export function holderOf({ id, holders: [first] }: Game): PeerName {
  if (!first) throw new Error(`nobody holds ${id}`);
  return first;
}

/** What the file at `path` of a game has to contain. */
export function contentOf(game: Game, path: string): SeededContent {
  return new SeededContent(`${game.id}/${path}`);
}

/** Makes the game root `root`: archive, a picture beside it, sentinel. Throws the reason when `signal` aborts. */
export async function writeGame(root: string, game: Game, signal: AbortSignal): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  await writeStoredRar5(join(root, `${game.id}.eti`), entriesOf(game, signal));
  await Deno.writeFile(join(root, "cover.jpg"), contentOf(game, "cover.jpg").bytes(0, COVER_BYTES));
  await Deno.writeTextFile(join(root, "version.ini"), `${game.version}\n`);
}

function* entriesOf(game: Game, signal: AbortSignal): Generator<RarWriterEntry> {
  for (const name of game.folders) yield { name, directory: true, modified_s: MODIFIED_S };
  for (const { path, size } of game.files) {
    const content = contentOf(game, path);
    const data = (offset: number, length: number) => {
      signal.throwIfAborted();
      return content.bytes(offset, length);
    };
    yield { name: path, size, data, modified_s: MODIFIED_S };
  }
}

/** Copies the game root `from` to `to`, file by file. */
export async function copyGame(from: string, to: string, signal: AbortSignal): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const entry of Deno.readDirSync(from)) {
    signal.throwIfAborted();
    await Deno.copyFile(join(from, entry.name), join(to, entry.name));
  }
}
