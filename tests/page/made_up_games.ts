/**
 * A party of made-up games for pictures of the page.
 *
 * @module
 */

import { dirname, join } from "../../src/base/std/path.ts";
import { makeArchiveGame, makeGame, MIB } from "../support/games.ts";

/** A game of the catalog, who shares it, and how large its download is. */
interface MadeUp {
  id: string;
  name: string;
  genre: string;
  players: string;
  description: string;
  version: string;
  mb: number;
  at: string[];
}

const game = (
  name: string,
  genre: string,
  players: string,
  version: string,
  mb: number,
  at: string,
  description = "",
): MadeUp => {
  const id = name.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return { id, name, genre, players, description, version, mb, at: at.split(" ") };
};

const IRON_ORBIT =
  "Steer your rocks around a dying star and throw them at your friends. Eight moons, four teams, " +
  "and gravity that takes no sides. The server runs on any machine; rounds last ten minutes.";

/** All of them. */
export const MADE_UP: readonly MadeUp[] = [
  game("Castle Siege II", "Strategy", "2-8", "2.0.3", 1_840, "alice bob"),
  game("Deep Dig", "Co-op", "1-4", "1.1", 420, "carol"),
  game("Echo Station", "Shooter", "2-16", "0.9.4", 690, "alice bob carol"),
  game("Frostbite Arena", "Shooter", "2-32", "3.2", 960, "bob carol"),
  game("Gridlock 98", "Puzzle", "1-2", "1.0", 38, "alice"),
  game("Harbour Pirates", "Strategy", "2-6", "1.7", 1_210, "alice carol"),
  game("Iron Orbit", "Arcade", "2-16", "1.4.2", 540, "alice bob carol", IRON_ORBIT),
  game("Käferjagd", "Party", "2-12", "2.1", 96, "alice bob"),
  game("Moonbase Mayhem", "Co-op", "1-4", "1.3", 610, "bob"),
  game("Neon Drift", "Racing", "1-8", "4.0", 860, "alice bob carol"),
  game("Pixel Karts", "Racing", "1-8", "0.9.1", 53, "bob carol"),
  game("Quantum Golf", "Party", "1-8", "1.2", 145, "alice bob carol"),
  game("Rail Barons", "Strategy", "2-5", "1.0.8", 330, "carol"),
  game("Sky Marshals", "Shooter", "2-24", "2.2", 720, "alice"),
  game("Starlight Tactics", "Strategy", "2-4", "1.5", 480, "bob carol"),
  game("Tiny Tanks", "Arcade", "2-10", "1.9", 64, "alice bob"),
  game("Turbo Snails", "Racing", "1-6", "0.4", 27, "carol"),
  game("Zombie Picnic", "Co-op", "2-4", "1.0", 0, "nobody"),
];

/** Writes the catalog; gives its path. */
export async function writeCatalog(path: string): Promise<string> {
  const games = MADE_UP.map(({ id, name, genre, players, description, version, mb }) => ({
    ...{ id, name, genre, players, version, size: Math.max(mb, 250) * 1e6 },
    ...description === "" ? {} : { description },
  }));
  await Deno.writeTextFile(path, JSON.stringify({ games }));
  return path;
}

/** Puts what `name` shares into its game folder; archives are holes, which cost no room. */
export async function makeShared(game_dir: string, name: string): Promise<void> {
  for (const { id, version, mb, at } of MADE_UP) {
    if (!at.includes(name)) continue;
    const root = await makeGame(game_dir, id, { version });
    await Deno.writeFile(join(root, `${id}.eti`), new Uint8Array());
    await Deno.truncate(join(root, `${id}.eti`), mb * 1e6);
  }
}

/** A game that is here already, ready to be installed. */
export async function makeOwn(game_dir: string, id: string, version: string): Promise<void> {
  await makeArchiveGame(game_dir, id, { version, content: { "game_start.sh": "exit 0\n", "a.dat": MIB } });
}

/** An install of an older version, as it was left by an earlier party. */
export async function makeInstalled(game_dir: string, id: string): Promise<void> {
  const path = join(game_dir, id, "local", "readme.txt");
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, "made up\n");
}
