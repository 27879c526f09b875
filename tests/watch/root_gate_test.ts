import fc from "fast-check";
import { RootGate } from "../../src/watch/root_gate.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const DOOM = parseGameId("doom");
const QUAKE = parseGameId("quake");

Deno.test("a hint leads to a scan, and hints during the scan to exactly one more", () => {
  const gate = new RootGate();
  assertEquals(gate.hint(DOOM, false), true);
  assertEquals([gate.hint(DOOM, false), gate.hint(DOOM, false), gate.hint(DOOM, false)], [
    false,
    false,
    false,
  ]);
  assertEquals(gate.finished(DOOM), true);
  assertEquals(gate.finished(DOOM), false);
  assertEquals(gate.hint(DOOM, false), true);
});

Deno.test("hints during an operation are held back and come out once when it is over", () => {
  const gate = new RootGate();
  assertEquals([gate.hint(DOOM, true), gate.hint(DOOM, true)], [false, false]);
  assertEquals(gate.released(QUAKE), false);
  assertEquals([gate.released(DOOM), gate.released(DOOM)], [true, false]);
});

Deno.test("one game's gate does not hold back another game", () => {
  const gate = new RootGate();
  assertEquals([gate.hint(DOOM, false), gate.hint(QUAKE, false)], [true, true]);
});

Deno.test("whatever the order, a game is never scanned twice at once and always after its last hint", () =>
  holds(fc.property(fc.array(fc.constantFrom("hint", "busy hint", "finish", "release")), (steps) => {
    const gate = new RootGate();
    let is_scanning = false;
    let is_stale = false;
    const start = (wanted: boolean) => {
      assert(!(wanted && is_scanning), "two scans at once");
      if (wanted) [is_scanning, is_stale] = [true, false];
    };
    for (const step of [...steps, "release", "finish", "finish", "finish"]) {
      if (step === "hint") {
        is_stale = true;
        start(gate.hint(DOOM, false));
      } else if (step === "busy hint") {
        is_stale = true;
        assert(!gate.hint(DOOM, true), "a scan while an operation runs");
      } else if (step === "release") {
        if (gate.released(DOOM)) start(gate.hint(DOOM, false));
      } else if (is_scanning) {
        is_scanning = false;
        start(gate.finished(DOOM));
      }
    }
    assert(!is_stale && !is_scanning, "a hint was lost");
  })));
