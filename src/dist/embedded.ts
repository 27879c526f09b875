/**
 * Reads what `deno compile` put into a binary: every file, the permissions, the flags. Pure.
 *
 * The section is the magic word, then, each behind its length as u64 little-endian: metadata as JSON, the npm snapshot;
 * then modules of other hosts, of which there are none here; then the tree of files as JSON and the bytes of the files.
 * Source: `cli/standalone/binary.rs` of Deno 2.9. The list that `deno compile` prints folds folders together and can't
 * tell a whole one from one with holes.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError } from "../base/errors.ts";

const MAGIC = new TextEncoder().encode("d3n0l4nd");
const LENGTH_BYTES = 8;
const OPENING_BRACE = 0x7b;

const Metadata = z.object({
  permissions: z.record(z.string(), z.unknown()),
  v8_flags: z.array(z.string()),
  entrypoint_key: z.string(),
  unstable_config: z.object({ features: z.array(z.string()) }),
});

// Links between files are left out: none of the packages has any.
const File = z.object({ File: z.object({ n: z.string(), o: z.tuple([z.number(), z.number()]) }) });
const Dir = z.object({ Dir: z.object({ n: z.string(), e: z.array(z.unknown()) }) });

/** What a binary holds besides the runtime. */
export interface Embedded {
  readonly metadata: z.infer<typeof Metadata>;
  /** Bytes of each file by its path with `/`; npm packages lie below `NPM_FOLDER`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Everything together. */
  readonly own_bytes: number;
}

/** Where npm packages lie, as `<package>/<version>/…`. */
export const NPM_FOLDER = ".deno_compile_node_modules/localhost";

/** Reads a binary. Throws `io` where it holds nothing that `deno compile` wrote. */
export function readEmbedded(binary: Uint8Array): Embedded {
  const start = findSection(binary);
  const [metadata, after_metadata] = takePart(binary, start + MAGIC.length);
  const [, after_snapshot] = takePart(binary, after_metadata);
  const tree_at = findTree(binary, after_snapshot);
  const [tree, after_tree] = takePart(binary, tree_at);
  const [data, end] = takePart(binary, after_tree);
  const files = new Map<string, Uint8Array>();
  collect(z.array(z.unknown()).parse(JSON.parse(textOf(tree))), "", data, files);
  return { metadata: Metadata.parse(JSON.parse(textOf(metadata))), files, own_bytes: end - start };
}

/** The magic word is also in the runtime's code; the section begins where a length and a JSON object follow it. */
function findSection(binary: Uint8Array): number {
  for (let at = indexOf(binary, MAGIC, 0); at >= 0; at = indexOf(binary, MAGIC, at + 1)) {
    const length = lengthAt(binary, at + MAGIC.length);
    const begin = at + MAGIC.length + LENGTH_BYTES;
    if (length > 0 && begin + length < binary.length && binary[begin] === OPENING_BRACE) return at;
  }
  throw new LanspreadError("io", "Cannot read the binary: deno compile wrote nothing into it; make it anew");
}

/** The tree's length stands before it, and it ends as a list. */
function findTree(binary: Uint8Array, from: number): number {
  const begin = new TextEncoder().encode('[{"');
  for (let at = indexOf(binary, begin, from); at >= 0; at = indexOf(binary, begin, at + 1)) {
    const length = lengthAt(binary, at - LENGTH_BYTES);
    if (at + length < binary.length && textOf(binary.subarray(at + length - 2, at + length)) === "}]") {
      return at - LENGTH_BYTES;
    }
  }
  throw new LanspreadError("io", "Cannot read the binary: it holds no files; make it anew");
}

function takePart(binary: Uint8Array, at: number): [part: Uint8Array, next: number] {
  const end = at + LENGTH_BYTES + lengthAt(binary, at);
  return [binary.subarray(at + LENGTH_BYTES, end), end];
}

function lengthAt(binary: Uint8Array, at: number): number {
  if (at < 0 || at + LENGTH_BYTES > binary.length) return 0;
  return Number(new DataView(binary.buffer, binary.byteOffset + at, LENGTH_BYTES).getBigUint64(0, true));
}

function collect(entries: unknown[], folder: string, data: Uint8Array, into: Map<string, Uint8Array>): void {
  for (const entry of entries) {
    const file = File.safeParse(entry).data?.File;
    const dir = Dir.safeParse(entry).data?.Dir;
    if (file) into.set(folder + file.n, data.subarray(file.o[0], file.o[0] + file.o[1]));
    if (dir) collect(dir.e, `${folder}${dir.n}/`, data, into);
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
