/**
 * Many games on disk, small and like real ones: an archive, some files around it, and an install in every third.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";

/** Nobody looks below `local/`, so a few files there are as good as many. */
const INSTALLED_FILES = 3;
const ARCHIVE_BYTES = 48 * 1024;

/** The id of the game with this number. */
export function gameId(n: number): string {
  return `game${String(n).padStart(5, "0")}`;
}

/** Makes the games 0 to `count` - 1. */
export function makeRoots(game_dir: string, count: number): void {
  for (let n = 0; n < count; n++) makeRoot(game_dir, n);
}

/** Makes one game root; without its sentinel where that is to come later. Gives its path. */
export function makeRoot(game_dir: string, n: number, { sentinel = true } = {}): string {
  const root = join(game_dir, gameId(n));
  Deno.mkdirSync(join(root, "docs"), { recursive: true });
  // Sparse, and of another size in every game.
  Deno.writeFileSync(join(root, `${gameId(n)}.eti`), new Uint8Array(0));
  Deno.truncateSync(join(root, `${gameId(n)}.eti`), ARCHIVE_BYTES + n);
  for (const path of ["setup.ini", "server.ini", "docs/readme.txt", "docs/keys.txt"]) {
    Deno.writeTextFileSync(join(root, path), `${path} of ${gameId(n)}\n`);
  }
  if (n % 3 === 0) makeInstall(root);
  if (sentinel) Deno.writeTextFileSync(join(root, "version.ini"), `1.${n}\n`);
  return root;
}

function makeInstall(root: string): void {
  Deno.mkdirSync(join(root, "local"));
  for (let n = 0; n < INSTALLED_FILES; n++) {
    Deno.writeTextFileSync(join(root, "local", `${n}.dat`), "installed");
  }
}
