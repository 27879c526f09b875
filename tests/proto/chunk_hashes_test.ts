import fc from "fast-check";
import { ChunkHashes, HashList } from "../../src/proto/chunk_hashes.ts";
import { chunkCount, ChunkOrder } from "../../src/proto/chunk_order.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import { Sha256 } from "../../src/proto/ids.ts";
import { CHUNK_BYTES, MAX_ANSWER_BYTES, MAX_FILES_PER_GAME, MAX_HASHES } from "../../src/proto/limits.ts";
import { chunksOf } from "../../src/proto/manifest.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { assert, assertEquals, assertLessOrEqual, assertThrows } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.some((byte) => byte > 0))
  .map((bytes) => Sha256.parse(bytes.toHex()));
const hashes = fc.array(fc.option(hash, { nil: undefined }), { maxLength: 40 });

function pack(list: readonly (Sha256 | undefined)[]): ChunkHashes {
  const packed = new ChunkHashes(list.length);
  list.forEach((one, i) => one && packed.set(i, one));
  return packed;
}

Deno.test("ChunkHashes come back as they were sent, unknown ones at the end left out", async () => {
  await holds(
    fc.property(hashes, (list) => {
      const text = pack(list).encode();
      assert(HashList.safeParse(text).success, text);
      const back = ChunkHashes.decode(text, list.length);
      assertEquals(list.map((_, i) => back.get(i)), list);
      assertEquals(back.length, list.findLastIndex((one) => one !== undefined) + 1);
    }),
    {
      examples: [[[Sha256.parse("f".repeat(62) + "00")]], [[undefined, Sha256.parse("0".repeat(62) + "01")]]],
    },
  );
});

Deno.test("ChunkHashes are compared place by place, and what lies behind their end is unknown", async () => {
  await holds(fc.property(hashes, hashes, (left, right) => {
    const [a, b] = [pack(left), pack(right)];
    for (let index = 0; index <= Math.max(left.length, right.length); index++) {
      assertEquals(a.has(index), left[index] !== undefined);
      assertEquals(a.isSame(index, b), left[index] === right[index]);
      assert(a.isSame(index, a));
    }
  }));
});

Deno.test("ChunkHashes of a game with fewer chunks are cut, whatever was sent", async () => {
  await holds(fc.property(hashes, fc.nat(50), (list, count) => {
    const back = ChunkHashes.decode(pack(list).encode(), count);
    assertLessOrEqual(back.length, count);
    for (let i = 0; i < 50; i++) assertEquals(back.get(i), i < count ? list[i] : undefined);
  }));
});

Deno.test("ChunkHashes refuse a place that is not there", () => {
  for (const index of [-1, 2, NaN]) {
    assertThrows(() => new ChunkHashes(2).set(index, Sha256.parse("a".repeat(64))), RangeError);
  }
});

function answerBytes(count: number): number {
  const packed = new ChunkHashes(count);
  packed.set(count - 1, Sha256.parse("a".repeat(64)));
  if (count > MAX_HASHES) packed.set(MAX_HASHES - 1, Sha256.parse("a".repeat(64)));
  const hashes = packed.encode();
  assert(HashList.safeParse(hashes).success);
  const envelope = { type: "hashes", game_id: "ä".repeat(127), manifest_hash: "0".repeat(64), hashes };
  return encodeFrame(envelope, MAX_ANSWER_BYTES).length;
}

Deno.test("the hashes of 200,000 files and 1 TiB fit into one answer, and no answer is too long", () => {
  const chunks_of_a_tib = 2 ** 40 / CHUNK_BYTES;
  assertLessOrEqual(MAX_FILES_PER_GAME + chunks_of_a_tib, MAX_HASHES);
  for (const count of [MAX_FILES_PER_GAME + chunks_of_a_tib, MAX_HASHES, MAX_HASHES + 1_000]) {
    assertLessOrEqual(answerBytes(count), MAX_ANSWER_BYTES);
  }
});

Deno.test("a list of more hashes than an answer may have is refused", () => {
  const one_more = new Uint8Array((MAX_HASHES + 1) * 32).toBase64();
  assert(!HashList.safeParse(one_more).success);
});

Deno.test("ChunkOrder knows the place of every chunk of chunksOf(), and of no other", async () => {
  const size = fc.oneof(fc.nat(3 * CHUNK_BYTES), fc.constantFrom(0, 1, CHUNK_BYTES, CHUNK_BYTES + 1));
  await holds(fc.property(fc.array(size, { maxLength: 6 }), (sizes) => {
    const files = sizes.map((size, i) => ({ path: ManifestPath.parse(`f${i}`), size }));
    const order = new ChunkOrder(files);
    const chunks = [...chunksOf(files)];
    assertEquals(chunks.map((chunk) => order.indexOf(chunk)), chunks.map((_, i) => i));
    assertEquals(order.count, chunks.length);
    for (const { path, size } of files) {
      const behind = chunkCount(size) * CHUNK_BYTES;
      for (const offset of [behind, -CHUNK_BYTES, 1, 0.5]) {
        assertEquals(order.indexOf({ path, offset }), undefined);
      }
    }
    assertEquals(order.indexOf({ path: "other", offset: 0 }), undefined);
  }));
});
