import { Progress } from "../../../src/peer/download/progress.ts";
import { newPeerId } from "../../support/parties.ts";
import { assertEquals } from "../../support/assert.ts";

const alice = newPeerId();
const bob = newPeerId();

Deno.test("progress counts the bytes of all peers", () => {
  const progress = new Progress(1_000, 0);
  progress.received(alice, 100, 10);
  progress.received(bob, 200, 20);
  const { done_bytes, total_bytes, bytes_per_s } = progress.figures(300, 20);
  assertEquals([done_bytes, total_bytes, bytes_per_s], [300, 1_000, 15_000]);
});

Deno.test("the rate is that of the last two seconds, and the rest follows from it", () => {
  const progress = new Progress(100_000, 0);
  for (let at = 100; at <= 10_000; at += 100) progress.received(alice, at <= 8_000 ? 10 : 100, at);
  const figures = progress.figures(10_000, 10_000);
  assertEquals(figures.bytes_per_s, 1_000);
  assertEquals(figures.eta_s, Math.ceil((100_000 - figures.done_bytes) / 1_000));
});

Deno.test("nothing moves: no rate, and no time is promised", () => {
  const progress = new Progress(1_000, 0);
  assertEquals([progress.figures(0, 0).bytes_per_s, progress.figures(0, 0).eta_s], [0, null]);
  progress.received(alice, 500, 100);
  const later = progress.figures(500, 60_000);
  assertEquals([later.bytes_per_s, later.eta_s, later.active_peers], [0, null, 0]);
});

Deno.test("two seconds after the last byte there is no rate, however late in its interval that byte came", () => {
  const progress = new Progress(1_000_000, 0);
  for (let at = 0; at <= 5_050; at += 50) progress.received(alice, 100, at);
  assertEquals([progress.figures(500, 7_000).eta_s === null, progress.figures(500, 7_051).eta_s], [
    false,
    null,
  ]);
});

Deno.test("a finished download has no time left, at whatever rate", () => {
  const progress = new Progress(10, 0);
  progress.received(alice, 10, 0);
  assertEquals(progress.figures(10, 0).eta_s, 0);
});

Deno.test("a peer counts as active for a second after its last byte", () => {
  const progress = new Progress(1_000, 0);
  progress.received(alice, 1, 0);
  progress.received(bob, 1, 900);
  assertEquals(progress.figures(2, 1_000).active_peers, 2);
  assertEquals(progress.figures(2, 1_001).active_peers, 1);
  assertEquals(progress.figures(2, 1_901).active_peers, 0);
});

Deno.test("what has to come again takes nothing from the rate, and what was here before adds nothing", () => {
  const progress = new Progress(1_000, 0);
  for (let at = 100; at <= 1_000; at += 100) progress.received(alice, 50, at);
  const [before, after, resumed] = [500, 200, 900].map((done_bytes) => progress.figures(done_bytes, 1_000));
  assertEquals([before?.bytes_per_s, after?.bytes_per_s, resumed?.bytes_per_s], [500, 500, 500]);
  assertEquals([before?.eta_s, after?.eta_s, resumed?.eta_s], [1, 2, 1]);
});
