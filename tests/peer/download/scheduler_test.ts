import fc from "fast-check";
import type { FailureVerdict, ScheduleAction } from "../../../src/peer/download/schedule.ts";
import { Scheduler } from "../../../src/peer/download/scheduler.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { CHUNK_BYTES } from "../../../src/proto/limits.ts";
import type { Chunk } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertLessOrEqual, assertNotEquals } from "../../support/assert.ts";
import { ScheduleTable } from "../../support/schedule_table.ts";
import { holds } from "../../support/seeds.ts";

const MIB = 1024 * 1024;
const MAX_REQUESTS = 24;

function peer(n: number): PeerId {
  return PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
}

function chunksOfLengths(lengths: readonly number[]): Chunk[] {
  return lengths.map((length, i) => ({ path: ManifestPath.parse(`f${i}`), offset: 0, length }));
}

const equal = (count: number) => chunksOfLengths(Array(count).fill(CHUNK_BYTES));
const tiny = (count: number) => chunksOfLengths(Array(count).fill(1));

/** A table with these chunks and as many sources. */
function tableOf(chunks: readonly Chunk[], sources: number, done?: ReadonlySet<Chunk>): ScheduleTable {
  const table = new ScheduleTable(new Scheduler(chunks, done));
  table.tell({ type: "joined", peer_ids: Array.from({ length: sources }, (_, i) => peer(i + 1)) });
  return table;
}

Deno.test("four equal chunks over two equal sources: two and two, whole, under any small delay", () => {
  for (let delay_ms = 0; delay_ms <= 400; delay_ms += 50) {
    const table = tableOf(equal(4), 2);
    const [slow, fast] = [table.of(peer(1)), table.of(peer(2))];
    assertEquals([slow.length, fast.length], [2, 2]);
    for (const range of fast) table.finish(range, 40);
    // The other one is held up for a moment by whatever else its machine does.
    for (let ms = 0; ms < delay_ms; ms += 50) table.wait(50);
    for (const range of slow) table.finish(range, 40);
    assertEquals(table.parts.map(({ length }) => length), Array(4).fill(CHUNK_BYTES));
    assertEquals(table.parts.filter(({ peer_id }) => peer_id === peer(1)).length, 2);
    assert(table.scheduler.isDone);
  }
});

Deno.test("chunks are given out in their order", () => {
  const table = tableOf(tiny(5), 1);
  assertEquals(table.running.map(({ path }) => path as string), ["f0", "f1", "f2", "f3", "f4"]);
});

Deno.test("a source has two large ranges in flight, and many small ones", () => {
  assertEquals(tableOf(equal(9), 1).running.length, 2);
  assertEquals(tableOf(tiny(100), 1).running.length, MAX_REQUESTS);
  assertEquals(tableOf(chunksOfLengths(Array(100).fill(MIB)), 1).running.length, 4);
});

Deno.test("the longer the way, the more is in flight", () => {
  const inFlight = (latency_ms: number) => {
    const table = tableOf(chunksOfLengths(Array(400).fill(MIB)), 1);
    for (let i = 0; i < 100; i++) {
      const [range] = table.running;
      assert(range);
      if (i === 0) table.begin(range, latency_ms);
      table.finish(range, 10);
    }
    return table.running.length;
  };
  const [near, far] = [inFlight(1), inFlight(200)];
  // 100 MiB a second for 200 ms there and back are 20 MiB.
  assert(near < 8 && far >= 20, `${near} and ${far}`);
});

Deno.test("the faster source gets more", () => {
  const table = tableOf(equal(20), 2);
  for (let turn = 0; !table.scheduler.isDone; turn++) {
    const wanted = turn % 4 === 3 ? peer(2) : peer(1);
    const range = table.of(wanted)[0] ?? table.running[0];
    assert(range);
    table.finish(range, 20);
  }
  const count = (of: PeerId) => table.parts.filter(({ peer_id }) => peer_id === of).length;
  assert(count(peer(1)) > 2 * count(peer(2)));
});

Deno.test("a small piece goes to the source with the least to do, not to that with the fewest requests", () => {
  const table = tableOf(chunksOfLengths([CHUNK_BYTES, 1, 1, 1]), 2);
  assertEquals(table.running.map(({ peer_id }) => peer_id), [peer(1), peer(2), peer(2), peer(2)]);
});

/** Two sources send 40 chunks, so many bytes every 40 ms each. */
function raceOf(first_bytes: number, second_bytes: number): ScheduleTable {
  const table = tableOf(equal(40), 2);
  while (!table.scheduler.isDone && table.now_ms < 60_000) {
    table.send(table.of(peer(1))[0], first_bytes);
    table.send(table.of(peer(2))[0], second_bytes);
    table.wait(40);
    table.obey();
  }
  return table;
}

Deno.test("near the end a slow source gets nothing that all would have to wait for", () => {
  const table = raceOf(4 * MIB, MIB / 2);
  assertEquals([table.actions("shorten"), table.actions("cancel")], [[], []]);
  const slow = table.parts.filter(({ peer_id }) => peer_id === peer(2));
  assert(slow.length >= 3 && slow.length <= 5, `${slow.length} chunks`);
  assertLessOrEqual(table.now_ms, 1.05 * 40 * CHUNK_BYTES / (4.5 * MIB) * 40);
});

Deno.test("a source of a hundredth of the speed holds up nobody", () => {
  const table = raceOf(4 * MIB, MIB / 25);
  assertLessOrEqual(table.now_ms, 1.05 * 40 * CHUNK_BYTES / (4.04 * MIB) * 40);
  assertEquals(table.committed, 40 * CHUNK_BYTES);
});

Deno.test("of sources that are equally fast none takes over what the other one is about to end", () => {
  for (const second_bytes of [4, 3.9, 3.7, 3.5]) {
    const table = raceOf(4 * MIB, second_bytes * MIB);
    assertEquals([table.actions("shorten"), table.actions("cancel")], [[], []], `${second_bytes}`);
  }
});

Deno.test("an idle source takes over the end of a slow range, and no byte is asked for twice", () => {
  const table = tableOf(equal(2), 2);
  const [slow, fast] = table.running;
  assert(slow && fast);
  for (let ms = 0; ms < 600; ms += 50) {
    table.send(slow, MIB / 8);
    table.wait(50);
  }
  table.finish(fast, 50);
  table.wait(50);
  const [shortened] = table.actions("shorten");
  assert(shortened && shortened.assignment === slow);
  const [taken] = table.of(fast.peer_id);
  assertEquals([taken?.path, taken?.offset], [slow.path, shortened.length]);
  assertEquals((taken?.length ?? 0) + shortened.length, CHUNK_BYTES);
  // What is being written while the range is cut must not reach behind the cut.
  assert(shortened.length >= table.received(slow) + 256 * 1024);
  table.finishAll(50);
  const parts = table.parts.filter(({ path }) => path === slow.path);
  assertEquals(parts.map(({ peer_id }) => peer_id), [slow.peer_id, fast.peer_id]);
  assertEquals(parts.reduce((sum, { length }) => sum + length, 0), CHUNK_BYTES);
  assert(table.scheduler.isDone);
});

/** Two sources with two chunks each; the first one sends 5 MiB and hangs, until all its work is gone. */
function hangingTable(): ScheduleTable {
  const table = tableOf(equal(4), 2);
  table.send(table.of(peer(1))[0], 5 * MIB);
  for (let i = 0; i < 12; i++) {
    table.send(table.of(peer(2))[0], MIB);
    table.wait(50);
  }
  for (const range of table.of(peer(2))) table.finish(range, 50);
  for (let i = 0; i < 100 && table.of(peer(1)).length > 0; i++) {
    table.send(table.of(peer(2))[0], MIB);
    table.wait(50);
    table.obey();
  }
  return table;
}

Deno.test("a source that hangs loses all its work to another, keeps what it sent, and is not dropped", () => {
  const table = hangingTable();
  assertEquals([table.of(peer(1)), table.actions("drop")], [[], []]);
  assertEquals(table.scheduler.sources, [peer(1), peer(2)]);
  table.finishAll(50);
  const mine = table.parts.filter(({ peer_id }) => peer_id === peer(1));
  assertEquals(mine.map(({ path, offset, length }) => [path, offset, length]), [["f0", 0, 5 * MIB]]);
  assertEquals(table.committed, 4 * CHUNK_BYTES);
});

Deno.test("a source that hung is left alone for a second, and then gets a new chance", () => {
  const table = hangingTable();
  const hung_ms = table.now_ms;
  while (table.of(peer(1)).length === 0) {
    table.send(table.of(peer(2))[0], 1_000);
    table.wait(50);
    assertLessOrEqual(table.now_ms, hung_ms + 3_000);
  }
  assert(table.now_ms >= hung_ms + 1_000);
});

Deno.test("a new source gets what waits, and where nothing waits the end of what others have", () => {
  const waiting = tableOf(equal(5), 1);
  waiting.tell({ type: "joined", peer_ids: [peer(9)] });
  assertEquals(waiting.of(peer(9)).length, 2);
  const table = tableOf(equal(1), 1);
  for (let ms = 0; ms < 1_000; ms += 50) {
    table.send(table.running[0], MIB / 10);
    table.wait(50);
  }
  table.tell({ type: "joined", peer_ids: [peer(9)] });
  table.wait(50);
  assertEquals(table.of(peer(9)).length, 1);
});

Deno.test("a chunk that failed goes to another source", () => {
  const table = tableOf(equal(1), 2);
  const [first] = table.running;
  table.fail(first, "retry");
  const [second] = table.running;
  assertNotEquals(second?.peer_id, first?.peer_id);
  assertEquals([second?.path, second?.offset, second?.length], [first?.path, first?.offset, first?.length]);
});

Deno.test("a chunk waits for another source that is full rather than fail twice at the same one", () => {
  const table = tableOf(equal(4), 2);
  table.fail(table.of(peer(1))[0], "retry");
  assertEquals(table.of(peer(1)).length, 1);
  table.finish(table.of(peer(2))[0], 50);
  assertEquals(table.of(peer(2)).length, 2);
});

Deno.test("a source that has nothing else to do does not get again what failed there", () => {
  const table = tableOf(equal(4), 2);
  const [first, second] = table.of(peer(1));
  table.finish(second, 50);
  table.fail(first, "retry");
  const pathsOf = (n: number) => table.of(peer(n)).map(({ path }) => path);
  assert(first && !pathsOf(1).includes(first.path), `asked again: ${first?.path}`);
  table.finish(table.of(peer(2))[0], 50);
  assert(pathsOf(2).includes(first.path), `${first.path} is not among ${pathsOf(2)}`);
});

Deno.test("what came before a connection broke is kept, what a liar sent before it broke off is not", () => {
  for (const keeps of [true, false]) {
    const table = tableOf(equal(1), 1);
    table.send(table.running[0], 3 * MIB);
    table.fail(table.running[0], "lost", keeps);
    assertEquals([table.running[0]?.offset, table.scheduler.done_bytes], keeps ? [3 * MIB, 3 * MIB] : [0, 0]);
  }
});

Deno.test("the only source is asked again, after a pause, until it failed three times in a row", () => {
  const table = tableOf(equal(1), 1);
  table.fail(table.running[0], "retry");
  table.fail(table.running[0], "retry");
  assertEquals(table.running, []);
  assert(Number.isFinite(table.scheduler.wake_at_ms));
  table.waitForWake();
  table.fail(table.running[0], "retry");
  assertEquals(table.actions("drop").map(({ reason, for_good }) => [reason, for_good]), [[
    "it failed",
    false,
  ]]);
  assertEquals([table.scheduler.isStuck, table.scheduler.isDone, table.scheduler.sources], [true, false, []]);
});

Deno.test("a range that came clears the failures of its source", () => {
  const table = tableOf(equal(12), 1);
  for (let i = 0; i < 4; i++) {
    // Asked for after the first failure: the second one is another.
    table.fail(table.running[0], "retry");
    table.fail(table.running.at(-1), "retry");
    if (table.running.length === 0) table.waitForWake();
    table.finish(table.running[0], 50);
  }
  assertEquals(table.actions("drop"), []);
});

Deno.test("a broken connection counts as one failure, however many ranges it carried", () => {
  const table = tableOf(tiny(16), 1);
  for (const range of table.running) table.fail(range, "lost");
  assertEquals(table.actions("drop"), []);
  assert(table.running.length > 0);
});

Deno.test("a busy source is left alone for a moment, keeps its good name for half a minute, and goes then", () => {
  const table = tableOf(equal(1), 1);
  while (table.actions("drop").length === 0) {
    table.fail(table.running[0], "busy");
    const { wake_at_ms } = table.scheduler;
    if (table.actions("drop").length > 0) break;
    assertEquals([table.running, wake_at_ms - table.now_ms], [[], 200]);
    table.waitForWake();
  }
  assert(table.now_ms >= 30_000 && table.now_ms < 31_000);
});

Deno.test("a source that says that it is busy is asked for less at a time, and for more again when it sends", () => {
  const table = tableOf(tiny(300), 1);
  table.fail(table.running.at(-1), "busy");
  for (const range of table.running.slice(0, 20)) table.finish(range, 1);
  table.waitForWake();
  assertEquals(table.running.length, MAX_REQUESTS);
});

Deno.test("a source without use is dropped at once; what it is sending may still come", () => {
  const table = tableOf(equal(4), 2);
  const [one, two] = table.of(peer(1));
  table.fail(one, "drop");
  assertEquals(table.actions("drop").map(({ peer_id }) => peer_id), [peer(1)]);
  assertEquals([table.scheduler.sources, table.of(peer(1))], [[peer(2)], [two]]);
  table.finishAll(50);
  assertEquals(table.parts.map(({ peer_id }) => peer_id).sort(), [peer(1), peer(2), peer(2), peer(2)]);
});

Deno.test("a source that went away is dropped with the reason", () => {
  const table = tableOf(equal(1), 2);
  table.tell({ type: "gone", peer_id: peer(2), reason: "it said goodbye" });
  assertEquals(table.actions("drop"), [
    { type: "drop", peer_id: peer(2), reason: "it said goodbye", for_good: false },
  ]);
});

Deno.test("a disputed chunk comes again, and nobody is blamed however often that happens", () => {
  const table = tableOf(equal(12), 2);
  for (let times = 0; times < 4; times++) {
    const [range] = table.of(peer(1));
    assert(range);
    table.finish(range, 50, "again");
  }
  assertEquals(table.actions("drop"), []);
  table.finishAll(50);
  assert(table.scheduler.isDone);
  assertEquals(table.committed, 12 * CHUNK_BYTES);
});

Deno.test("a source that is distrusted is dropped for good, and what it has under way comes from another one", () => {
  const table = tableOf(equal(6), 2);
  table.send(table.of(peer(1))[0], MIB);
  table.tell({ type: "distrusted", peer_id: peer(1), reason: "it lied" });
  assertEquals(table.actions("drop").map(({ peer_id, for_good }) => [peer_id, for_good]), [[peer(1), true]]);
  for (const { assignment } of table.actions("cancel")) table.tell({ type: "ended", assignment });
  table.finishAll(50);
  assert(table.scheduler.isDone);
  assert(table.parts.every(({ peer_id }) => peer_id === peer(2)));
  assertEquals(table.committed, 6 * CHUNK_BYTES);
});

Deno.test("a source that is found to lie after it went away does not come back, and its part of a chunk comes again", () => {
  const table = tableOf(equal(1), 1);
  const [range] = table.running;
  table.send(range, MIB);
  table.fail(range, "drop");
  table.tell({ type: "distrusted", peer_id: peer(1), reason: "it lied" });
  table.tell({ type: "distrusted", peer_id: peer(1), reason: "it lied" });
  assertEquals(table.actions("drop").map(({ for_good }) => for_good), [false, true]);
  table.tell({ type: "joined", peer_ids: [peer(1)] });
  assertEquals(table.running, []);
  table.tell({ type: "joined", peer_ids: [peer(2)] });
  table.finishAll(50);
  assertEquals(table.parts.map(({ peer_id, length }) => [peer_id, length]), [[peer(2), CHUNK_BYTES]]);
  assert(table.scheduler.isDone);
});

Deno.test("a corrupt chunk comes again from another source, and after three its source is dropped for good", () => {
  const table = tableOf(equal(9), 2);
  for (let wrong = 0; wrong < 3; wrong++) {
    const [range] = table.of(peer(1));
    assert(range);
    table.finish(range, 50, "corrupt");
    assert(!table.of(peer(1)).some(({ path }) => path === range.path));
    // Once it sent something wrong, it is asked for one range at a time.
    if (wrong > 0) assertLessOrEqual(table.of(peer(1)).length, 1);
  }
  assertEquals(table.actions("drop").map(({ peer_id, for_good }) => [peer_id, for_good]), [[peer(1), true]]);
  for (const { assignment } of table.actions("cancel")) table.tell({ type: "ended", assignment });
  table.finishAll(50);
  assert(table.scheduler.isDone);
  assertEquals(table.scheduler.done_bytes, 9 * CHUNK_BYTES);
});

Deno.test("what a source that is dropped for its lies sent of other chunks comes again, too", () => {
  const table = tableOf(equal(9), 2);
  const [begun] = table.of(peer(1));
  assert(begun);
  table.send(begun, 3 * MIB);
  // Its end waits for the other source, which is full.
  table.fail(begun, "retry");
  assertEquals(table.scheduler.done_bytes, 3 * MIB);
  for (let wrong = 0; wrong < 3; wrong++) table.finish(table.of(peer(1))[0], 50, "corrupt");
  assertEquals(table.scheduler.done_bytes, 0);
  table.obey();
  table.finishAll(50);
  assertEquals(new Set(table.parts.map(({ peer_id }) => peer_id)), new Set([peer(2)]));
  assertEquals(table.committed, 9 * CHUNK_BYTES);
});

Deno.test("a chunk that two spoiled together comes again as a whole from one", () => {
  const table = tableOf(equal(1), 1);
  table.send(table.running[0], 3 * MIB);
  table.tell({ type: "joined", peer_ids: [peer(2)] });
  table.fail(table.running[0], "drop");
  assertEquals([table.running[0]?.peer_id, table.running[0]?.offset], [peer(2), 3 * MIB]);
  table.finish(table.running[0], 50, "corrupt");
  assertEquals([table.running[0]?.offset, table.running[0]?.length], [0, CHUNK_BYTES]);
  assertEquals(table.scheduler.done_bytes, 0);
});

Deno.test("an assignment that is over twice counts once", () => {
  const table = tableOf(equal(2), 1);
  const [first] = table.running;
  assert(first);
  table.finish(first, 50);
  table.tell({ type: "ended", assignment: first });
  table.fail(first, "drop");
  assertEquals(table.scheduler.sources, [peer(1)]);
  assert(!table.scheduler.isDone && !table.scheduler.isStuck);
});

Deno.test("no chunks are done at once, and no sources are stuck at once", () => {
  assert(tableOf([], 1).scheduler.isDone);
  const { scheduler, running } = tableOf(equal(1), 0);
  assertEquals([running, scheduler.isStuck, scheduler.isDone], [[], true, false]);
});

Deno.test("chunks that are here already are not asked for, and count as done", () => {
  const chunks = equal(4);
  const table = tableOf(chunks, 1, new Set([chunks[0], chunks[2]] as Chunk[]));
  assertEquals(table.scheduler.done_bytes, 2 * CHUNK_BYTES);
  assertEquals(table.running.map(({ path }) => path as string), ["f1", "f3"]);
  table.finishAll(50);
  assert(table.scheduler.isDone);
});

Deno.test("an empty file is asked for, too", () => {
  const table = tableOf(chunksOfLengths([0]), 1);
  table.fail(table.running[0], "retry");
  assertEquals(table.running[0]?.length, 0);
  table.finish(table.running[0], 1);
  assertEquals(table.parts.map(({ length }) => length), [0]);
  assert(table.scheduler.isDone);
});

type Outcome = "finished" | "corrupt" | FailureVerdict;
interface Step {
  pick: number;
  outcome: Outcome;
  ms: number;
}

const outcome = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Outcome>("finished") },
  { weight: 2, arbitrary: fc.constantFrom<Outcome>("retry", "lost", "busy") },
  { weight: 1, arbitrary: fc.constantFrom<Outcome>("drop", "corrupt") },
);
const world = fc.record({
  lengths: fc.array(
    fc.oneof(fc.constant(CHUNK_BYTES), fc.constant(0), fc.integer({ min: 1, max: CHUNK_BYTES })),
    { maxLength: 40 },
  ),
  source_count: fc.integer({ min: 0, max: 5 }),
  steps: fc.array(fc.record<Step>({ pick: fc.nat(), outcome, ms: fc.integer({ min: 0, max: 900 }) }), {
    maxLength: 120,
  }),
});

Deno.test("whatever fails, every byte comes exactly once, or no source is left", async () => {
  const property = fc.property(world, ({ lengths, source_count, steps }) => {
    const table = tableOf(chunksOfLengths(lengths), source_count);
    // What the steps leave is finished, so that this ends.
    for (let i = 0; !table.scheduler.isDone && !table.scheduler.isStuck; i++) {
      const { pick, outcome, ms }: Step = steps[i] ?? { pick: 0, outcome: "finished", ms: 50 };
      table.obey();
      if (table.scheduler.isDone || table.scheduler.isStuck) break;
      const range = table.running[pick % Math.max(1, table.running.length)];
      if (range === undefined) table.waitForWake();
      else if (outcome === "finished") table.finish(range, ms);
      else if (outcome === "corrupt") table.finish(range, ms, "corrupt");
      else {
        table.send(range, pick % 1_000_000);
        table.fail(range, outcome);
      }
    }
    const total = lengths.reduce((sum, length) => sum + length, 0);
    if (table.scheduler.isDone) assertEquals([table.committed, table.scheduler.done_bytes], [total, total]);
    else assertEquals(table.scheduler.sources, []);
  });
  await holds(property, { runs: 300 });
});

Deno.test("the same events at the same times give the same actions", () => {
  const play = () => {
    const table = tableOf(equal(9), 3);
    for (let i = 0; !table.scheduler.isDone; i++) {
      table.finish(table.running[i % table.running.length], 30 * i);
    }
    return table.all.map((action: ScheduleAction) => JSON.stringify(action));
  };
  assertEquals(play(), play());
});
