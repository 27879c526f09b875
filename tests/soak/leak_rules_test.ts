import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { leakProblems } from "./leak_rules.ts";
import type { Figures } from "./process_look.ts";

const MIB = 1024 * 1024;
const FRESH: Figures = {
  resident_bytes: 90 * MIB,
  peak_bytes: 160 * MIB,
  handles: 34,
  threads: 6,
  children: 0,
};

Deno.test("a process that holds what a new one holds has leaked nothing", () => {
  const now = { ...FRESH, resident_bytes: 110 * MIB, handles: 36 };
  assertEquals(leakProblems(now, { first: FRESH, fresh: FRESH }), []);
});

Deno.test("memory, handles, threads and children that stay are leaks, each named", () => {
  const wrong: [Partial<Figures>, string][] = [
    [{ resident_bytes: 200 * MIB }, "memory grew from 90 MiB to 200 MiB"],
    [{ handles: 60 }, "60 handles"],
    [{ threads: 20 }, "20 threads"],
    [{ children: 1 }, "1 processes of its own"],
  ];
  for (const [change, told] of wrong) {
    const problems = leakProblems({ ...FRESH, ...change }, { first: FRESH, fresh: FRESH });
    assertEquals(problems.length, 1);
    assertStringIncludes(problems.join(), told);
  }
});

Deno.test("more memory at rest than any peer may have is told without anything to compare with", () => {
  assertEquals(leakProblems({ ...FRESH, resident_bytes: 300 * MIB }, {}).length, 1);
});
