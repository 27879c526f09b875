/**
 * The games of a soak: real archives in many versions, and what each of them truly holds, byte by byte as hashes. Every
 * version has a file that no other version has, and no two versions share the bytes of any file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "../../src/base/std/path.ts";
import { contentOf, filesBelow, makeTree, MIB } from "../support/games.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";

interface Shape {
  readonly id: string;
  /** What the archive unpacks to, beside a file that names the version. */
  readonly content: Readonly<Record<string, number>>;
  /** Files beside the archive. */
  readonly payload: Readonly<Record<string, number>>;
}

const MANY_FILES = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [`maps/m${n}.bsp`, 500 + 400 * n]),
);

const SHAPES: readonly Shape[] = [
  { id: "alienswarm", content: { "game.exe": 2 * MIB }, payload: { "readme.txt": 700 } },
  { id: "bigfort", content: { "data/level.pak": 20 * MIB, "game.exe": 9_000 }, payload: {} },
  { id: "craters", content: { "a.dat": 19 * MIB, "b.dat": 17 * MIB, "empty.cfg": 0 }, payload: {} },
  { id: "manyfiles", content: { "game.exe": MIB }, payload: MANY_FILES },
  { id: "quake", content: { "game.exe": 9 * MIB }, payload: { "data/base.pak": 18 * MIB } },
];

export const GAME_COUNT = SHAPES.length;
export const GAME_IDS: readonly string[] = SHAPES.map(({ id }) => id);

/** A file tree as hashes by path. */
export type Hashes = ReadonlyMap<string, string>;

/** What one version of a game is. */
export interface TrueVersion {
  /** The payload without its sentinel. */
  readonly payload: Hashes;
  /** What its install holds. */
  readonly local: Hashes;
}

/** The true content of everything that exists so far. */
export class Truth {
  readonly #versions = new Map<string, Promise<TrueVersion>>();
  readonly #known: Map<number, TrueVersion>[] = SHAPES.map(() => new Map());

  /** Originals are kept below `dir`. */
  constructor(readonly dir: string) {}

  /** The versions of a game that exist, by number. */
  versions(game: number): ReadonlyMap<number, TrueVersion> {
    return this.#known[game] ?? new Map();
  }

  /** Where the original of a version lies, with its sentinel. */
  root(game: number, version: number): string {
    return join(this.dir, String(version), shape(game).id);
  }

  /** Makes a version, once. */
  make(game: number, version: number): Promise<TrueVersion> {
    const key = `${game} ${version}`;
    const known = this.#versions.get(key) ?? this.#make(game, version);
    this.#versions.set(key, known);
    return known;
  }

  async #make(game: number, version: number): Promise<TrueVersion> {
    const { id, content, payload } = shape(game);
    const root = this.root(game, version);
    // Contents are made from their seeds: no two versions have the same.
    const seed = `${id} ${version} `;
    await makeTree(root, { ...payload, [`only_in_${version}.dat`]: 3_000 }, seed);
    const entries = Object.entries(content).map(([name, size]) => ({
      name,
      bytes: bytesOf(seed + name, size),
    }));
    entries.push({ name: "which.txt", bytes: new TextEncoder().encode(seed) });
    await writeStoredRar5(join(root, `${id}.eti`), entries);
    const local = new Map(entries.map(({ name, bytes }) => [name, sha256(bytes)]));
    const made = { payload: await hashTree(root), local };
    await Deno.writeTextFile(join(root, "version.ini"), String(version));
    this.#known[game]?.set(version, made);
    return made;
  }
}

function bytesOf(seed: string, size: number): Uint8Array {
  return new Uint8Array(Buffer.concat([...contentOf(seed, size)]));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** All files below a folder by their hashes. */
export async function hashTree(root: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of await filesBelow(root)) hashes.set(path, await hashFile(join(root, path)));
  return hashes;
}

/** The SHA-256 of one file. Throws what the file system throws. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(MIB);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex");
}

function shape(game: number): Shape {
  const found = SHAPES[game];
  if (!found) throw new RangeError(`there is no game ${game}`);
  return found;
}
