import fc from "fast-check";
import { HashVotes, mostVotes } from "../../../src/peer/download/verify.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import { PeerId, Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { type Chunk, chunksOf } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertLessOrEqual } from "../../support/assert.ts";
import { holds } from "../../support/seeds.ts";

const FILES = [
  { path: ManifestPath.parse("a.bin"), size: 2 * CHUNK_BYTES + 1 },
  { path: ManifestPath.parse("empty"), size: 0 },
];
const CHUNKS = [...chunksOf(FILES)];
const [FIRST, SECOND] = CHUNKS as [Chunk, Chunk];
const [A, B, C] = ["a", "b", "c"].map((digit) => Sha256.parse(digit.repeat(64))) as [Sha256, Sha256, Sha256];

function peer(n: number): PeerId {
  return PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
}

function encoded(hashes: readonly (Sha256 | null)[]): string {
  const packed = new ChunkHashes(hashes.length);
  hashes.forEach((hash, i) => hash && packed.set(i, hash));
  return packed.encode();
}

function votesOf(...answers: (Sha256 | null)[][]): HashVotes {
  const votes = new HashVotes(FILES);
  answers.forEach((hashes, n) => votes.add(peer(n), encoded(hashes)));
  return votes;
}

/** Whether a source is to be asked for the chunk at this place. */
function mayServe(votes: HashVotes, n: number, index: number): boolean {
  return !votes.wrongAt(peer(n)).includes(index);
}

Deno.test("HashVotes: the hash that most sources name is expected, and who names another one is not asked", () => {
  const votes = votesOf([A, A], [A, B], [B, null], []);
  assertEquals(votes.expected(FIRST), A);
  assertEquals([0, 1, 2, 3].map((n) => mayServe(votes, n, 0)), [true, true, false, true]);
});

Deno.test("HashVotes: two hashes with equally many votes make the chunk unknown, and nobody is shut out", () => {
  const votes = votesOf([A], [B], [C, A], [A, C], [B]);
  assertEquals(votes.expected(FIRST), undefined);
  assert([0, 1, 2, 3, 4].every((n) => mayServe(votes, n, 0)));
  assertEquals(votes.expected(SECOND), undefined);
});

Deno.test("HashVotes: of a chunk that nobody told, or that the game does not have, nothing is expected", () => {
  const votes = votesOf([A, null], []);
  assertEquals(votes.expected(SECOND), undefined);
  assertEquals(votes.expected({ ...FIRST, path: ManifestPath.parse("other") }), undefined);
});

Deno.test("HashVotes: what is here is wrong where those who told nothing can't change it, and not before", () => {
  const one = votesOf([A]);
  assert(one.isOutvoted(FIRST, B, [peer(0)]), "nobody else is there");
  assert(!one.isOutvoted(FIRST, A, [peer(0)]));
  assert(!one.isOutvoted(FIRST, B, [peer(0), peer(1)]), "the other one may have what is here");
  assert(!one.isOutvoted(SECOND, B, [peer(0)]), "nobody told it");
  const two = votesOf([A], [A], [B]);
  assert(two.isOutvoted(FIRST, B, [0, 1, 2].map(peer)));
  assert(!two.isOutvoted(FIRST, B, [0, 1, 2, 3].map(peer)));
  assert(!votesOf([A], [B]).isOutvoted(FIRST, B, [0, 1].map(peer)));
});

Deno.test("HashVotes: what all sources say alike is compared, and never written out", () => {
  const files = [{ path: ManifestPath.parse("a.bin"), size: 5_000 * CHUNK_BYTES }];
  const votes = new HashVotes(files);
  for (const n of [0, 1, 2]) votes.add(peer(n), encoded(Array(5_000).fill(A)));
  votes.add(peer(3), encoded([B, ...Array(4_999).fill(A)]));
  let written = 0;
  const { get } = ChunkHashes.prototype;
  ChunkHashes.prototype.get = function (index) {
    written++;
    return get.call(this, index);
  };
  try {
    assertEquals([0, 1, 2, 3].map((n) => votes.wrongAt(peer(n))), [[], [], [], [0]]);
  } finally {
    ChunkHashes.prototype.get = get;
  }
  assertLessOrEqual(written, 20);
});

Deno.test("HashVotes: a source's later answer replaces its earlier one, and one that is dropped has no vote", () => {
  const votes = votesOf([A], [B], [B]);
  votes.add(peer(1), encoded([A]));
  assertEquals(votes.expected(FIRST), A);
  votes.remove(peer(0));
  assertEquals(votes.expected(FIRST), undefined);
  votes.remove(peer(2));
  assertEquals(votes.expected(FIRST), A);
});

Deno.test("HashVotes: hashes beyond the game's chunks are left out", () => {
  const votes = votesOf([null, null, null, A, B, B, B]);
  const [, , , empty] = CHUNKS;
  assertEquals(empty && votes.expected(empty), A);
  assertEquals(votes.expected({ ...FIRST, offset: 4 * CHUNK_BYTES }), undefined);
});

const hash = fc.constantFrom(A, B, C);
const answers = fc.array(fc.array(fc.option(hash), { maxLength: 6 }), { maxLength: 7 });

Deno.test("HashVotes: the expected hash has more votes than any other, whatever order they came in", async () => {
  await holds(fc.property(answers, fc.nat(), (lists, turn) => {
    const votes = votesOf(...lists);
    const turned = new HashVotes(FILES);
    const order = lists.map((_, n) => (n + turn) % lists.length);
    for (const n of order) turned.add(peer(n), encoded(lists[n] ?? []));
    CHUNKS.forEach((chunk, i) => {
      const counts = [A, B, C].map((one) => lists.filter((list) => list[i] === one).length);
      const top = Math.max(...counts);
      const winners = [A, B, C].filter((_, n) => counts[n] === top);
      const expected = top > 0 && winners.length === 1 ? winners[0] : undefined;
      assertEquals([votes.expected(chunk), turned.expected(chunk)], [expected, expected]);
    });
  }));
});

Deno.test("HashVotes: with an expected hash, exactly who told another one is not asked", async () => {
  await holds(fc.property(answers, (lists) => {
    const votes = votesOf(...lists);
    CHUNKS.forEach((chunk, i) => {
      const expected = votes.expected(chunk);
      lists.forEach((list, n) => {
        const own = list[i] ?? undefined;
        assertEquals(mayServe(votes, n, i), !expected || !own || own === expected);
      });
      // Somebody can be asked as long as somebody is there.
      if (lists.length > 0) assert(lists.some((_, n) => mayServe(votes, n, i)));
    });
  }));
});

Deno.test("mostVotes() of no votes is nothing", () => assertEquals(mostVotes([]), undefined));
