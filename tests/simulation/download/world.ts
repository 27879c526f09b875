/**
 * A simulated download's game and sources, from a seed.
 *
 * @module
 */

import { PeerId, type Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { type Chunk, chunksOf, type ManifestFile } from "../../../src/proto/manifest.ts";
import type { ManifestPath } from "../../../src/proto/paths.ts";
import { Random } from "../random.ts";
import type { Nature, Span } from "./sim_source.ts";

const MIB = 1024 * 1024;
const MAX_CHUNKS = 300;
/** A block takes about this share of the whole time: enough of them to see everything, few enough to be quick. */
const BLOCKS = 150;
const NEVER: Span = { from_ms: Infinity, to_ms: Infinity };

/** What is simulated. */
export interface World {
  readonly natures: readonly Nature[];
  readonly files: readonly ManifestFile[];
  readonly chunks: readonly Chunk[];
  readonly done: ReadonlySet<Chunk>;
  readonly total_bytes: number;
  readonly block_ms: number;
  readonly is_traced: boolean;
  /** Whether a source sends wrong bytes of a chunk. */
  isLie(peer_id: PeerId, chunk: Chunk): boolean;
  /** What the sources tell and send; without it everybody knows what is right. */
  readonly votes?: SimVotes;
}

/** The hashes of a game whose sources vote on it. */
export interface SimVotes {
  readonly files: readonly ManifestFile[];
  /** What a source tells of a chunk. */
  told(peer_id: PeerId, chunk: Chunk): Sha256 | undefined;
  /** The hash of what a source sends of a chunk. */
  sent(peer_id: PeerId, chunk: Chunk): Sha256;
}

/** The world of a seed. */
export function worldOf(seed: number, is_traced = false): World {
  const random = new Random(seed);
  const span_ms = logUniform(random, 200, 20_000);
  const is_calm = random.chance(0.4);
  const rates = ratesOf(random);
  const natures = rates.map((rate, i) => natureOf(random, i + 1, rate, span_ms, is_calm));
  const wanted = Math.max(1, span_ms * rates.reduce((sum, rate) => sum + rate, 0));
  const files = filesOf(random, wanted);
  const chunks = [...chunksOf(files)];
  const done = new Set(random.chance(0.1) ? chunks.filter(() => random.chance(0.5)) : []);
  const total_bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const lies = new Map(natures.map((nature) => [nature.peer_id, nature.lies]));
  const isLie = (peer_id: PeerId, { path, offset }: Chunk) =>
    new Random(hash(`${seed} ${peer_id} ${path} ${offset}`)).chance(lies.get(peer_id) ?? 0);
  const block_ms = Math.min(100, Math.max(2, span_ms / BLOCKS));
  return { natures, files, chunks, done, total_bytes, block_ms, is_traced, isLie };
}

function ratesOf(random: Random): number[] {
  const count = random.pick([1, 2, 2, 3, 4, 4, 5, 8, 12]);
  const common = logUniform(random, 2_000, 110_000);
  const kind = random.pick(["equal", "one slow", "any"] as const);
  return Array.from({ length: count }, (_, i) => {
    if (kind === "any") return logUniform(random, 2_000, 110_000);
    return kind === "one slow" && i === 0 ? common / random.int(2, 50) : common;
  });
}

function natureOf(random: Random, n: number, rate: number, span_ms: number, is_calm: boolean): Nature {
  const peer_id = PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
  const latency_ms = logUniform(random, 0.1, 20);
  const calm = { peer_id, rate, latency_ms, joins_ms: 0, dies_ms: Infinity, stalls: [], busy: NEVER };
  const nature = { ...calm, breaks_ms: [], fails: false, lies: 0 };
  const at = () => random.next() * span_ms * 1.2;
  if (is_calm) return nature;
  // The first source is there all the time, so that most downloads come to an end.
  const may_vanish = n > 1 || random.chance(0.1);
  return {
    ...nature,
    joins_ms: may_vanish && random.chance(0.25) ? at() : 0,
    dies_ms: may_vanish && random.chance(0.2) ? at() : Infinity,
    stalls: Array.from(
      { length: random.pick([0, 0, 0, 1, 2]) },
      () => spanFrom(at(), logUniform(random, 50, 9_000)),
    ),
    busy: random.chance(0.1) ? spanFrom(at(), logUniform(random, 50, 5_000)) : NEVER,
    breaks_ms: random.chance(0.15) ? [at()] : [],
    fails: may_vanish && random.chance(0.05),
    lies: may_vanish && random.chance(0.15) ? random.pick([0.02, 0.3, 1]) : 0,
  };
}

function spanFrom(from_ms: number, length_ms: number): Span {
  return { from_ms, to_ms: from_ms + length_ms };
}

/** Large files, odd ones, and many small ones; about as many bytes as wanted. */
function filesOf(random: Random, wanted: number): ManifestFile[] {
  const files: ManifestFile[] = [];
  const add = (size: number) =>
    files.push({ path: `f${files.length}` as ManifestPath, size: Math.floor(size) });
  add(3);
  for (let count = random.pick([0, 0, 5, 30, 200]); count > 0; count--) {
    add(logUniform(random, 1, 300_000) - 1);
  }
  let left = Math.min(wanted, MAX_CHUNKS * CHUNK_BYTES);
  while (left > 0) {
    const size = Math.min(left, random.pick([left, CHUNK_BYTES, logUniform(random, MIB, 500 * MIB)]));
    add(size);
    left -= size;
  }
  return files;
}

function logUniform(random: Random, min: number, max: number): number {
  return min * (max / min) ** random.next();
}

/** FNV-1a. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}
