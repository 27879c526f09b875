/**
 * The wire, written down: messages that a peer sends or refuses lie in `fixtures/proto/<type>/`, so that a
 * change of the wire shows in review.
 *
 * - `ok_<case>.json` is a message; it parses and comes out as it went in.
 * - `bad_<case>.json` is `{ "why", "message" }`; every direction refuses it.
 * - `digest.json` and `frame.hex` pin the hashes and the bytes of fixed inputs.
 *
 * @module
 */

import { z } from "zod";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { encodeFrame, FrameDecoder } from "../../src/proto/codec.ts";
import { GameId, GameVersion } from "../../src/proto/ids.ts";
import { GameSummaries, libraryDigest } from "../../src/proto/library.ts";
import { MAX_REQUEST_BYTES } from "../../src/proto/limits.ts";
import { makeManifest, ManifestFiles } from "../../src/proto/manifest.ts";
import { Answer, Request } from "../../src/proto/message.ts";
import { StreamFrame } from "../../src/proto/stream.ts";
import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";

const FOLDER = fromFileUrl(new URL("../../fixtures/proto/", import.meta.url));
const DIRECTIONS = { request: Request, answer: Answer, stream: StreamFrame };
const Bad = z.strictObject({ why: z.string().min(10), message: z.json() });

const typesOf = (union: typeof Request | typeof Answer | typeof StreamFrame): string[] =>
  union.options.map((option) => option.shape.type.value);
const TYPES = new Set(Object.values(DIRECTIONS).flatMap(typesOf));

const folders = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).toSorted();

Deno.test("every message of the wire has a folder of golden messages, and no other folder exists", () => {
  assertEquals(folders, [...TYPES].toSorted());
});

for (const type of TYPES) {
  const cases = folders.includes(type)
    ? [...Deno.readDirSync(join(FOLDER, type))].map((file) => file.name)
    : [];

  Deno.test(`${type} has golden messages that pass and golden messages that are refused`, () => {
    assert(cases.some((name) => name.startsWith("ok_")), "no ok_*.json");
    assert(cases.some((name) => name.startsWith("bad_")), "no bad_*.json");
    const others = cases.filter((name) =>
      !/^(ok|bad)_[a-z0-9_]+\.json$|^digest\.json$|^frame\.hex$/.test(name)
    );
    assertEquals(others, []);
  });

  for (const name of cases.filter((name) => name.startsWith("ok_"))) {
    Deno.test(`${type}/${name} passes and comes out as it went in`, () => passes(type, readJson(type, name)));
  }
  for (const name of cases.filter((name) => name.startsWith("bad_"))) {
    Deno.test(`${type}/${name} is refused in every direction`, () => isRefused(type, name));
  }
}

function passes(type: string, message: unknown): void {
  for (const union of Object.values(DIRECTIONS)) {
    const result = union.safeParse(message);
    assertEquals(result.success, typesOf(union).includes(type), result.error?.message);
    if (result.success) assertEquals(canonical(result.data), canonical(message));
  }
  const decoder = new FrameDecoder(MAX_REQUEST_BYTES);
  decoder.push(encodeFrame(message, MAX_REQUEST_BYTES));
  assertEquals(decoder.take(), { value: message });
}

// These are about the type itself, or about there being none.
const ABOUT_TYPE = /^bad_(type_.*|no_type|in_a_list|text|null)\.json$/;

function isRefused(type: string, name: string): void {
  const { why, message } = Bad.parse(readJson(type, name));
  for (const [direction, union] of Object.entries(DIRECTIONS)) {
    const result = union.safeParse(message);
    assert(!result.success, `a ${direction} passed although ${why}`);
    // One mistake a case: otherwise the message could be refused for another reason than the one it is about.
    const places = new Set(result.error.issues.map((issue) => issue.path.join(".")));
    assertEquals(places.size, 1, result.error.message);
  }
  if (!ABOUT_TYPE.test(name)) assertEquals(record(message)["type"], type);
}

Deno.test("a key that this version does not know is dropped, not refused", () => {
  const message = record(readJson("get_game", "ok_typical.json"));
  assertEquals(canonical(Request.parse({ ...message, colour: "blue" })), canonical(message));
});

Deno.test("an unknown type is refused in both directions", () => {
  for (const type of ["get_everything", "", "constructor", "__proto__", "toString"]) {
    for (const union of Object.values(DIRECTIONS)) assert(!union.safeParse({ type }).success, type);
  }
});

Deno.test("the frame of ping is these bytes", () => {
  const hex = Deno.readTextFileSync(join(FOLDER, "ping", "frame.hex")).trim();
  const frame = encodeFrame({ type: "ping" }, MAX_REQUEST_BYTES);
  assertEquals(frame.toHex(), hex);
  const decoder = new FrameDecoder(MAX_REQUEST_BYTES);
  decoder.push(Uint8Array.fromHex(hex));
  assertEquals(decoder.take(), { value: { type: "ping" } });
});

Deno.test("the manifest hash of a fixed list of files is this one", () => {
  const Golden = z.strictObject({
    game_id: GameId,
    version: GameVersion,
    files: ManifestFiles,
    manifest_hash: z.string(),
  });
  const golden = Golden.parse(readJson("game_details", "digest.json"));
  const manifest = makeManifest(golden.game_id, golden.version, golden.files);
  assertEquals(`${manifest.manifest_hash}`, golden.manifest_hash);
  assertNotEquals(manifest.files, golden.files, "the golden list should be unsorted, to show the sorting");
});

Deno.test("the golden game_details carry the true hashes of their files", () => {
  for (const name of ["ok_typical.json", "ok_only_the_sentinel.json"]) {
    const details = Answer.parse(readJson("game_details", name));
    assert(details.type === "game_details");
    const { manifest_hash } = makeManifest(details.game_id, details.version, details.files);
    assertEquals(manifest_hash, details.manifest_hash);
  }
});

Deno.test("the digests of a fixed library and of the empty one are these", () => {
  const Golden = z.strictObject({
    games: GameSummaries,
    library_digest: z.string(),
    empty_library_digest: z.string(),
  });
  const golden = Golden.parse(readJson("library_snapshot", "digest.json"));
  assertEquals(`${libraryDigest(golden.games)}`, golden.library_digest);
  assertEquals(`${libraryDigest([])}`, golden.empty_library_digest);
});

function readJson(type: string, name: string): unknown {
  return JSON.parse(Deno.readTextFileSync(join(FOLDER, type, name)));
}

function record(value: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(value);
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a < b ? -1 : 1));
  });
}
