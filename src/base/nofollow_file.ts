/**
 * Opens a file below a folder without following a link on the way: neither as the file itself nor as a folder above it.
 *
 * A look before the open is not enough, since somebody may swap a link in between. Where the system has `/proc` each
 * folder is therefore held open while the next one is looked up in it, so that its name may come to mean whatever it
 * likes; the file that was opened must be the one that was looked at. Elsewhere the folders are looked at by name before
 * and after the open.
 *
 * What comes out is the runtime's own file, since that one alone writes without holding up the whole peer: in `node:fs`
 * of this runtime even the write with a callback runs on the main thread. Nothing is created and nothing is truncated:
 * a file that turns out to be another one is closed as it was. Non-goals: a second hard link to a file elsewhere.
 *
 * ```ts ignore
 * using file = await openNoFollow(game_dir, "alienswarm/maps/a.bsp", "write");
 * ```
 *
 * @module
 */

import { closeSync, constants, existsSync, openSync } from "node:fs";
import { LanspreadError, messageOf } from "./errors.ts";
import { lookQuickly } from "./pace.ts";
import { join } from "./std/path.ts";

const HELD = "/proc/self/fd";

/** The way to a folder, as long as it is needed. */
interface Way extends Disposable {
  /** Where the folder is found; no path for people. */
  readonly place: string;
  /** Looks at the way once more. Throws `io`. */
  check(): void;
}

/** Goes from `root` through `folders`. Throws `io` where one of them is no folder of its own. */
type Walk = (root: string, folders: readonly string[]) => Way;

/** Holds each folder open: what its name means from then on is no matter. */
export const walkHeld: Walk = (root, folders) => {
  let held = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    folders.forEach((name, at) => {
      const next = openFolder(`${HELD}/${held}/${name}`, join(root, ...folders.slice(0, at + 1)));
      closeSync(held);
      held = next;
    });
  } catch (error) {
    closeSync(held);
    throw error;
  }
  return { place: `${HELD}/${held}`, check: () => {}, [Symbol.dispose]: () => closeSync(held) };
};

function openFolder(place: string, path: string): number {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw code === "ENOTDIR" || code === "ELOOP" ? inTheWay(path, "a folder") : error;
  }
}

/** Looks at each folder by its name. */
export const walkByName: Walk = (root, folders) => {
  const paths = folders.map((_, at) => join(root, ...folders.slice(0, at + 1)));
  const check = () => {
    for (const path of paths) if (!Deno.lstatSync(path).isDirectory) throw inTheWay(path, "a folder");
  };
  check();
  return { place: paths.at(-1) ?? root, check, [Symbol.dispose]: () => {} };
};

const WALK = Deno.build.os === "linux" && existsSync(HELD) ? walkHeld : walkByName;

/**
 * Opens the regular file at `path`, with `/`, below `root`, at its first byte. `root` itself may be reached through
 * links. Throws `io` where a link or something else stands in the way, and where the file can't be opened.
 */
export async function openNoFollow(
  root: string,
  path: string,
  mode: "read" | "write",
  walk: Walk = WALK,
): Promise<Deno.FsFile> {
  const segments = path.split("/");
  const full_path = join(root, ...segments);
  try {
    using way = walk(root, segments.slice(0, -1));
    using opening = new DisposableStack();
    const file = opening.use(await openInside(join(way.place, segments.at(-1) ?? ""), full_path, mode));
    way.check();
    opening.move();
    return file;
  } catch (error) {
    if (error instanceof LanspreadError) throw error;
    // What the system says names the place and not the path.
    const reason = messageOf(error).replace(/,? *\b\w+ '.*'$/, "").replace(/: *$/, "");
    throw new LanspreadError("io", `Cannot open ${full_path}: ${reason}`, { cause: error });
  }
}

async function openInside(place: string, path: string, mode: "read" | "write"): Promise<Deno.FsFile> {
  // Looked at first: opening a pipe would wait for its other end.
  const seen = await lookQuickly(() => Deno.lstatSync(place), () => Deno.lstat(place));
  if (!seen.isFile) throw inTheWay(path, "a file");
  using opening = new DisposableStack();
  const file = opening.use(await Deno.open(place, { [mode]: true }));
  if (!isSame(await lookQuickly(() => file.statSync(), () => file.stat()), seen)) {
    throw inTheWay(path, "a file");
  }
  opening.move();
  return file;
}

/** Whether both looks met the same file; where the system does not number its files, whether both met some file. */
function isSame(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  if (!a.isFile || !b.isFile) return false;
  return !a.ino || !b.ino || (a.ino === b.ino && a.dev === b.dev);
}

function inTheWay(path: string, wanted: string): LanspreadError {
  return new LanspreadError(
    "io",
    `${path} should be ${wanted} and became a link or something else; move it away`,
  );
}
