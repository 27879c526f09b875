import fc from "fast-check";
import { Arbiter } from "../../../src/peer/download/arbiter.ts";
import { ChunkEvidence } from "../../../src/peer/download/evidence.ts";
import { MAX_WITNESSES, ruleOn } from "../../../src/peer/download/ruling.ts";
import { HashVotes } from "../../../src/peer/download/verify.ts";
import { ChunkHashes } from "../../../src/proto/chunk_hashes.ts";
import { PeerId, Sha256 } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertThrows } from "../../support/assert.ts";
import { holds } from "../../support/seeds.ts";

const [A, B] = ["a", "b"].map((digit) => Sha256.parse(digit.repeat(64))) as [Sha256, Sha256];
const CHUNKS = 6;
const FILES = [{ path: ManifestPath.parse("a.bin"), size: CHUNKS * CHUNK_BYTES }];

function peer(n: number): PeerId {
  return PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
}

/** A download whose sources told these hashes of every chunk, by their numbers. */
function party(words: Record<number, Sha256>) {
  const votes = new HashVotes(FILES);
  for (const [n, hash] of Object.entries(words)) {
    const told = new ChunkHashes(CHUNKS);
    for (let index = 0; index < CHUNKS; index++) told.set(index, hash);
    votes.add(peer(Number(n)), told.encode());
  }
  const evidence = new ChunkEvidence(votes);
  return { evidence, arbiter: new Arbiter(evidence) };
}

/** Rules on chunk 0 after these sources sent it, while these others can be asked. */
function ruling(words: Record<number, Sha256>, content: Sha256, senders: number[], silent: number[] = []) {
  const { evidence, arbiter } = party(words);
  evidence.arrived(0, content, senders.map(peer));
  const found = arbiter.rule(0, silent.map(peer));
  return found.type === "ask" ? `ask ${Number(found.peer_id.slice(-2))}` : found.type;
}

Deno.test("what nobody contradicts is right where somebody told it, and unknown where nobody did", () => {
  assertEquals(ruling({ 1: A }, A, [1]), "verified");
  assertEquals(ruling({ 1: A }, A, [2, 3]), "verified");
  assertEquals(ruling({}, A, [1], [2]), "unknown");
  assertEquals(ruling({}, A, [1, 2], [3]), "unknown");
});

Deno.test("one word against what another one sent is for a third to decide", () => {
  assertEquals(ruling({ 1: A }, B, [2], [3, 4]), "ask 3");
  assertEquals(ruling({ 1: A }, B, [2]), "again");
  assertEquals(ruling({ 1: A, 2: B }, B, [2]), "again");
  assertEquals(ruling({ 1: A, 2: B }, A, [1]), "disputed");
});

Deno.test("what differs from its sender's own word is wrong without a third, unless the others say that it is right", () => {
  assertEquals(ruling({ 1: A }, B, [1], [2, 3]), "corrupt");
  assertEquals(ruling({ 1: A, 2: B, 3: B }, B, [1], [4]), "verified");
});

Deno.test("a part of a chunk is nobody's vote: one of them is to send all of it, unless a majority says that it is wrong", () => {
  assertEquals(ruling({ 1: A }, B, [1, 2], [2, 3]), "again");
  assertEquals(ruling({ 1: A }, A, [1, 2], [2, 3]), "verified");
  assertEquals(ruling({ 1: A, 3: A }, B, [1, 2], [2]), "corrupt");
});

Deno.test("a majority that nobody can overtake any more decides, and asks nobody for it", () => {
  assertEquals(ruling({ 1: A, 2: A, 3: A }, B, [4], [5]), "corrupt");
  assertEquals(ruling({ 1: A, 2: B, 3: B, 4: B }, B, [5], [6]), "verified");
  assertEquals(ruling({ 1: A, 2: A }, B, [3], [4, 5]), "ask 4");
});

Deno.test("of equally many what was told goes before what was sent, and then the smallest peer_id", () => {
  const votes = new Map([[peer(1), B], [peer(2), A]]);
  const nobody = { silent: [], room: MAX_WITNESSES, may_come_again: true };
  const found = (content: Sha256, told: Sha256[], of = votes) =>
    ruleOn(
      { content, senders: [], contradicting: [], is_from_liar: false, votes: of, told: new Set(told) },
      nobody,
    );
  const disputed = { type: "disputed" as const, voters: [peer(1), peer(2)] };
  assertEquals(found(A, [A]), disputed);
  assertEquals(found(B, [A]), { type: "again", others: [peer(1)] });
  assertEquals(found(B, [A, B]), disputed);
  assertEquals(found(A, []), { type: "again", others: [peer(2)] });
});

Deno.test("no more than four sources are asked about one chunk, each once, and who does not answer is not waited for", () => {
  const { evidence, arbiter } = party({ 1: A });
  evidence.arrived(0, B, [peer(2)]);
  const usable = [1, 2, 3, 4, 5, 6, 7, 8].map(peer);
  const asked: PeerId[] = [];
  let found = arbiter.rule(0, usable);
  for (; found.type === "ask"; found = arbiter.rule(0, usable)) {
    arbiter.asked(0, found.peer_id);
    asked.push(found.peer_id);
  }
  assertEquals(asked, [3, 4, 5, 6].map(peer));
  assertEquals(found.type, "again");
});

Deno.test("who is outvoted on three chunks after others had to be asked is not believed any more", () => {
  const { evidence, arbiter } = party({ 1: A });
  const usable = [1, 2, 3].map(peer);
  const liars = [0, 1, 2, 3].map((index) => {
    evidence.arrived(index, B, [peer(2)]);
    const ruling = arbiter.rule(index, usable);
    if (ruling.type === "ask") {
      arbiter.asked(index, ruling.peer_id);
      evidence.showed(index, ruling.peer_id, B);
    }
    const now = arbiter.rule(index, usable);
    assert(now.type !== "ask");
    return arbiter.decide(index, now).liars;
  });
  assertEquals(liars, [[], [], [peer(1)], []]);
  assert(evidence.isLiar(peer(1)));
});

Deno.test("what a liar sent is wrong where others say so, and comes again where nobody says anything", () => {
  const { evidence, arbiter } = party({ 2: B });
  evidence.distrust(peer(1));
  const rule = (index: number, content: Sha256, senders: number[], usable: number[]) => {
    evidence.arrived(index, content, senders.map(peer));
    return arbiter.rule(index, usable.map(peer)).type;
  };
  assertEquals(rule(0, A, [1], [2, 3, 4]), "corrupt");
  assertEquals(rule(0, B, [1], [2, 3, 4]), "verified");
  evidence.distrust(peer(2));
  assertEquals([rule(0, A, [1], [3]), rule(0, A, [1, 3], [3]), rule(0, A, [3], [3])], [
    "again",
    "again",
    "unknown",
  ]);
  assertEquals(rule(1, A, [1, 3], []), "again");
});

Deno.test("a word that is outvoted by other words alone is no strike", () => {
  const { evidence, arbiter } = party({ 1: A, 2: B, 3: B });
  for (let index = 0; index < CHUNKS; index++) {
    evidence.arrived(index, B, [peer(2)]);
    const ruling = arbiter.rule(index, []);
    assert(ruling.type !== "ask");
    assertEquals(arbiter.decide(index, ruling), {
      verdict: "verified",
      avoid: [peer(1)],
      liars: [],
      voters: [],
    });
  }
});

Deno.test("a disputed chunk comes again once, and is then kept whatever came, told once", () => {
  const { evidence, arbiter } = party({ 1: A });
  const decide = () => {
    evidence.arrived(0, B, [peer(2)]);
    const ruling = arbiter.rule(0, []);
    assert(ruling.type !== "ask");
    return arbiter.decide(0, ruling);
  };
  const first = decide();
  assertEquals([first.verdict, first.avoid], ["again", [peer(2)]]);
  assertEquals([decide().verdict, decide().verdict], ["disputed", "unknown"]);
});

Deno.test("a chunk that did not come is not ruled on", () => {
  assertThrows(() => party({}).arbiter.rule(0, []), RangeError);
});

/** Whose word or bytes are wrong, who told its hashes, who sent the chunk, and in which order the others are asked. */
const cases = fc.record({
  honest: fc.integer({ min: 1, max: 8 }),
  lying: fc.integer({ min: 0, max: 2 }),
  tell: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
  sender: fc.nat(),
  turn: fc.nat(),
});

Deno.test("up to two liars never win against more honest sources, and no honest one is found to lie", async () => {
  await holds(fc.property(cases, ({ honest, lying, tell, sender, turn }) => {
    fc.pre(honest > lying);
    const all = Array.from({ length: honest + lying }, (_, n) => n);
    const hashOf = (n: number) => n < lying ? B : A;
    const words = Object.fromEntries(all.filter((n) => tell[n]).map((n) => [n, hashOf(n)]));
    const { evidence, arbiter } = party(words);
    const usable = all.map((_, n) => peer((n + turn) % all.length));
    const by = sender % all.length;
    evidence.arrived(0, hashOf(by), [peer(by)]);
    let ruling = arbiter.rule(0, usable);
    const is_disputed = ruling.type === "ask" || all.some((n) => tell[n] && hashOf(n) !== hashOf(by));
    for (; ruling.type === "ask"; ruling = arbiter.rule(0, usable)) {
      arbiter.asked(0, ruling.peer_id);
      evidence.showed(0, ruling.peer_id, hashOf(Number(ruling.peer_id.slice(-2))));
    }
    const { verdict } = arbiter.decide(0, ruling);
    if (is_disputed) assertEquals(verdict, by < lying ? "corrupt" : "verified");
    if (ruling.type === "verified" || ruling.type === "corrupt") {
      assert(ruling.outvoted.every((id) => Number(id.slice(-2)) < lying));
    }
  }));
});
