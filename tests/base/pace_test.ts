import { lookQuickly, Pace } from "../../src/base/pace.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertRejects,
} from "../support/assert.ts";

Deno.test("of thousands of short calls one in 64 gives the others their turn, and each gives its own result", async () => {
  let handed_over = 0;
  const results: number[] = [];
  for (let n = 0; n < 6_400; n++) {
    results.push(
      await lookQuickly(() => n, () => {
        handed_over++;
        return Promise.resolve(n);
      }),
    );
  }
  assertEquals(results, Array.from({ length: 6_400 }, (_, n) => n));
  assertGreaterOrEqual(handed_over, 100);
});

Deno.test("after a call that took long none blocks for two seconds", () => {
  const pace = new Pace();
  pace.took(0, 8, true);
  assert(pace.mayBlock(8));
  pace.took(10, 19, true);
  pace.took(2_000, 2_001, false);
  assert(!pace.mayBlock(19) && !pace.mayBlock(2_018));
  assert(pace.mayBlock(2_019));
});

Deno.test("a disk that is slow again and again blocks no more than a fiftieth of the time", () => {
  const pace = new Pace();
  let [now_ms, blocked_ms] = [0, 0];
  while (now_ms < 600_000) {
    const blocks = pace.mayBlock(now_ms);
    // A network mount that is slow on some calls and quick on others.
    const ms = blocks ? 400 : 50;
    pace.took(now_ms, now_ms + ms, blocks);
    now_ms += ms;
    if (blocks) blocked_ms += ms;
  }
  assertGreater(blocked_ms, 0);
  assertLessOrEqual(blocked_ms, now_ms / 50);
});

Deno.test("nothing blocks on a disk that did not answer a moment ago", async () => {
  const pace = new Pace();
  const dead = Promise.withResolvers<string>();
  const asked = pace.run(() => "blocked", () => dead.promise);
  assertEquals(pace.run(() => "blocked", () => dead.promise) instanceof Promise, true);
  dead.resolve("answered");
  assertEquals(await asked, "answered");
  assertEquals(await pace.run(() => "blocked", () => Promise.resolve("answered")), "blocked");
  assert(!pace.mayBlock(performance.now() + 1_000));
});

Deno.test("a call beside that fails shows that the disk answers, too, and its error is told", async () => {
  const pace = new Pace();
  const failing = async () => await pace.run(() => "blocked", () => Promise.reject(new Error("not there")));
  await assertRejects(failing, Error, "not there");
  assert(pace.mayBlock(performance.now()));
});
