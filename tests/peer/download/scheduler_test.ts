import fc from "fast-check";
import {
  type Assignment,
  ChunkScheduler,
  type FailureVerdict,
} from "../../../src/peer/download/scheduler.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import type { Chunk } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertLessOrEqual, assertNotEquals } from "../../support/assert.ts";
import { holds } from "../../support/seeds.ts";

const MAX_BYTES = 2 * CHUNK_BYTES;
const MAX_REQUESTS = 16;
const MAX_FAILURES = 3;

function peer(n: number): PeerId {
  return PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
}

function chunksOfLengths(lengths: readonly number[]): Chunk[] {
  return lengths.map((length, i) => ({ path: ManifestPath.parse(`f${i}`), offset: 0, length }));
}

function takeAll(scheduler: ChunkScheduler): Assignment[] {
  const taken: Assignment[] = [];
  for (let next = scheduler.next(); next; next = scheduler.next()) taken.push(next);
  return taken;
}

const equal = (count: number) => chunksOfLengths(Array(count).fill(CHUNK_BYTES));
const tiny = (count: number) => chunksOfLengths(Array(count).fill(1));

Deno.test("four equal chunks over two equal sources: two and two", () => {
  const scheduler = new ChunkScheduler(equal(4), [peer(1), peer(2)]);
  const taken = takeAll(scheduler);
  assertEquals(taken.map(({ peer_id }) => peer_id).sort(), [peer(1), peer(1), peer(2), peer(2)]);
  assertEquals(new Set(taken.map(({ chunk }) => chunk.path)).size, 4);
});

Deno.test("chunks are given out in their order", () => {
  const taken = takeAll(new ChunkScheduler(tiny(5), [peer(1)]));
  assertEquals(taken.map(({ chunk }) => chunk.path as string), ["f0", "f1", "f2", "f3", "f4"]);
});

Deno.test("a source has at most 32 MiB and 16 requests in flight", () => {
  assertEquals(takeAll(new ChunkScheduler(equal(9), [peer(1)])).length, 2);
  assertEquals(takeAll(new ChunkScheduler(tiny(40), [peer(1)])).length, MAX_REQUESTS);
});

Deno.test("the faster source gets more: work goes to whoever has the least in flight", () => {
  const scheduler = new ChunkScheduler(equal(20), [peer(1), peer(2)]);
  const counts = new Map<PeerId, number>();
  const running = takeAll(scheduler);
  // The first source finishes three chunks while the second finishes one.
  for (let turn = 0; !scheduler.isDone; turn++) {
    const wanted = turn % 4 === 3 ? peer(2) : peer(1);
    const at = running.findIndex(({ peer_id }) => peer_id === wanted);
    const [assignment] = running.splice(Math.max(at, 0), 1);
    assert(assignment);
    scheduler.finished(assignment);
    counts.set(assignment.peer_id, (counts.get(assignment.peer_id) ?? 0) + 1);
    running.push(...takeAll(scheduler));
  }
  assert((counts.get(peer(1)) ?? 0) > 2 * (counts.get(peer(2)) ?? 0), JSON.stringify([...counts]));
});

Deno.test("the source with the fewest bytes in flight is served first, not that with the fewest chunks", () => {
  const taken = takeAll(new ChunkScheduler(chunksOfLengths([CHUNK_BYTES, 1, 1, 1]), [peer(1), peer(2)]));
  assertEquals(taken.map(({ peer_id }) => peer_id), [peer(1), peer(2), peer(2), peer(2)]);
});

Deno.test("a chunk that failed goes to another source", () => {
  const scheduler = new ChunkScheduler(equal(1), [peer(1), peer(2)]);
  const first = scheduler.next();
  assert(first);
  scheduler.failed(first, "retry");
  const second = scheduler.next();
  assertNotEquals(second?.peer_id, first.peer_id);
  assertEquals(second?.chunk, first.chunk);
});

Deno.test("a chunk waits for another source that is full rather than fail twice at the same one", () => {
  const scheduler = new ChunkScheduler(equal(4), [peer(1), peer(2)]);
  const taken = takeAll(scheduler);
  const failing = taken.find(({ peer_id }) => peer_id === peer(1));
  assert(failing);
  scheduler.failed(failing, "retry");
  assertEquals(scheduler.next(), undefined);
  scheduler.finished(taken.find(({ peer_id }) => peer_id === peer(2)) ?? failing);
  assertEquals(scheduler.next()?.peer_id, peer(2));
});

Deno.test("the only source is asked again, until it failed three times in a row", () => {
  const scheduler = new ChunkScheduler(equal(1), [peer(1)]);
  for (const is_last of [false, false, true]) {
    const assignment = scheduler.next();
    assert(assignment);
    assertEquals(scheduler.failed(assignment, "retry"), is_last);
  }
  assertEquals([scheduler.next(), scheduler.isStuck, scheduler.isDone], [undefined, true, false]);
});

Deno.test("a chunk that came clears the failures of its source", () => {
  const scheduler = new ChunkScheduler(equal(10), [peer(1)]);
  for (let i = 0; i < 8; i++) {
    const [one, two] = takeAll(scheduler);
    assert(one && two);
    assertEquals(scheduler.failed(one, "retry"), false);
    scheduler.finished(two);
    const again = scheduler.next();
    if (again) scheduler.failed(again, "wait");
    for (const left of takeAll(scheduler)) scheduler.failed(left, "wait");
  }
  assert(!scheduler.isStuck);
});

Deno.test("a broken connection counts as one failure, however many chunks it carried", () => {
  const scheduler = new ChunkScheduler(tiny(16), [peer(1)]);
  const carried = takeAll(scheduler);
  assertEquals(carried.length, 16);
  for (const assignment of carried) assertEquals(scheduler.failed(assignment, "retry"), false);
  assertEquals(takeAll(scheduler).length, 16);
});

Deno.test("a busy source keeps its good name", () => {
  const scheduler = new ChunkScheduler(equal(1), [peer(1)]);
  for (let i = 0; i < 50; i++) {
    const assignment = scheduler.next();
    assert(assignment);
    assertEquals(scheduler.failed(assignment, "wait"), false);
  }
});

Deno.test("a source without use is dropped at once, and the others take its work", () => {
  const scheduler = new ChunkScheduler(equal(4), [peer(1), peer(2)]);
  const taken = takeAll(scheduler);
  const mine = taken.filter(({ peer_id }) => peer_id === peer(1));
  assertEquals(mine.map((assignment) => scheduler.failed(assignment, "drop")), [true, false]);
  for (const other of taken) if (!mine.includes(other)) scheduler.finished(other);
  assertEquals(takeAll(scheduler).map(({ peer_id }) => peer_id), [peer(2), peer(2)]);
});

Deno.test("an assignment that is given back twice counts once", () => {
  const scheduler = new ChunkScheduler(equal(2), [peer(1)]);
  const [first] = takeAll(scheduler);
  assert(first);
  scheduler.finished(first);
  scheduler.finished(first);
  assertEquals(scheduler.failed(first, "drop"), false);
  assertEquals(takeAll(scheduler).length, 0);
  assert(!scheduler.isDone && !scheduler.isStuck);
});

Deno.test("no chunks are done at once, and no sources are stuck at once", () => {
  assert(new ChunkScheduler([], [peer(1)]).isDone);
  const scheduler = new ChunkScheduler(equal(1), []);
  assertEquals([scheduler.next(), scheduler.isStuck, scheduler.isDone], [undefined, true, false]);
});

type Outcome = "finished" | FailureVerdict;
interface Step {
  pick: number;
  outcome: Outcome;
}

const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Outcome>("finished") },
  { weight: 3, arbitrary: fc.constant<Outcome>("retry") },
  { weight: 2, arbitrary: fc.constant<Outcome>("wait") },
  { weight: 1, arbitrary: fc.constant<Outcome>("drop") },
);
const world = fc.record({
  lengths: fc.array(
    fc.oneof(fc.constant(CHUNK_BYTES), fc.constant(0), fc.integer({ min: 1, max: CHUNK_BYTES })),
    { maxLength: 60 },
  ),
  source_count: fc.integer({ min: 0, max: 5 }),
  steps: fc.array(fc.record<Step>({ pick: fc.nat(), outcome }), { maxLength: 200 }),
});

Deno.test("whatever fails, every chunk comes exactly once, or no source is left", async () => {
  await holds(
    fc.property(world, ({ lengths, source_count, steps }) => {
      simulate(lengths, source_count, steps);
    }),
    { runs: 300 },
  );
});

function simulate(lengths: readonly number[], source_count: number, steps: readonly Step[]): void {
  const sources = Array.from({ length: source_count }, (_, i) => peer(i));
  const scheduler = new ChunkScheduler(chunksOfLengths(lengths), sources);
  const dropped = new Set<PeerId>();
  const failed_at = new Map<string, Set<PeerId>>();
  const done: string[] = [];
  const running: Assignment[] = [];
  // What the steps leave is finished, so that the simulation ends.
  for (let i = 0;; i++) {
    for (let next = scheduler.next(); next; next = scheduler.next()) {
      running.push(next);
      checkAssignment(next);
    }
    if (running.length === 0) break;
    const { pick, outcome }: Step = steps[i] ?? { pick: 0, outcome: "finished" };
    const [assignment] = running.splice(pick % running.length, 1);
    assert(assignment);
    settle(assignment, outcome);
  }
  const is_complete = done.length === lengths.length;
  assertEquals(new Set(done).size, done.length);
  assertEquals([scheduler.isDone, scheduler.isStuck], [is_complete, !is_complete]);
  assert(is_complete || dropped.size === sources.length, "stuck with a source left");

  function checkAssignment({ peer_id, chunk }: Assignment): void {
    assert(!dropped.has(peer_id), "a dropped source got work");
    assert(!done.includes(chunk.path), "a chunk came twice");
    const mine = running.filter((other) => other.peer_id === peer_id);
    assertLessOrEqual(mine.length, MAX_REQUESTS);
    const bytes = mine.reduce((sum, other) => sum + other.chunk.length, 0);
    assertLessOrEqual(bytes, Math.max(MAX_BYTES, chunk.length));
    assertEquals(running.filter((other) => other.chunk.path === chunk.path).length, 1);
    const failures = failed_at.get(chunk.path);
    const left = sources.filter((source) => !dropped.has(source));
    if (failures?.has(peer_id)) assert(left.every((source) => failures.has(source)), "not tried elsewhere");
  }

  function settle(assignment: Assignment, outcome: Outcome): void {
    const { peer_id, chunk } = assignment;
    if (outcome === "finished") {
      scheduler.finished(assignment);
      done.push(chunk.path);
      return;
    }
    const was_dropped = dropped.has(peer_id);
    if (scheduler.failed(assignment, outcome)) dropped.add(peer_id);
    if (outcome === "wait") return assertEquals(dropped.has(peer_id), was_dropped);
    if (outcome === "drop") assert(dropped.has(peer_id));
    failed_at.set(chunk.path, (failed_at.get(chunk.path) ?? new Set()).add(peer_id));
  }
}

Deno.test("a source is dropped after exactly three failures in a row, one after another", () => {
  const scheduler = new ChunkScheduler(tiny(100), [peer(1), peer(2)]);
  let failures = 0;
  for (let next = scheduler.next(); next; next = scheduler.next()) {
    if (next.peer_id === peer(2)) scheduler.finished(next);
    else {
      failures++;
      if (scheduler.failed(next, "retry")) break;
    }
  }
  assertEquals(failures, MAX_FAILURES);
});
