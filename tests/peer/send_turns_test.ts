/**
 * Whose turn it is to send.
 *
 * @module
 */

import { RateLimiter } from "../../src/base/rate_limit.ts";
import { SEND_WINDOW_BYTES, SendTurns } from "../../src/peer/send_turns.ts";
import type { PeerId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { never } from "../support/memory_peers.ts";
import { newPeerId } from "../support/parties.ts";

const bytes = SEND_WINDOW_BYTES;
const UNLIMITED = new RateLimiter(undefined);

/** Turns that a test holds for as long as it wants, by who has them. */
class Desk {
  readonly held: { peer_id: PeerId; turn: Disposable }[] = [];
  readonly errors: unknown[] = [];

  constructor(readonly turns: SendTurns) {}

  ask(peer_id: PeerId, signal = never, order = 0): void {
    this.turns.take(peer_id, { bytes, order, signal }).then(
      (turn) => void this.held.push({ peer_id, turn }),
      (error) => void this.errors.push(error),
    );
  }

  async has(count: number): Promise<void> {
    await until(`${count} turns`, () => this.held.length === count, 2_000);
    // One too many would come now.
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(this.held.length, count);
  }

  give(at: number): void {
    this.held.splice(at, 1)[0]?.turn[Symbol.dispose]();
  }
}

Deno.test("eight peers send at a time, and who gives his turn back lets the next one go", async () => {
  const desk = new Desk(new SendTurns(UNLIMITED, new FakeClock()));
  for (let n = 0; n < 20; n++) desk.ask(newPeerId());
  await desk.has(8);
  desk.give(3);
  await desk.has(8);
  for (let n = 0; n < 12; n++) {
    desk.give(0);
    await within("the next one", Promise.resolve());
  }
  await desk.has(7);
});

Deno.test("one peer has one piece under way, and nobody waits behind it", async () => {
  const desk = new Desk(new SendTurns(UNLIMITED, new FakeClock()));
  const [greedy, modest] = [newPeerId(), newPeerId()];
  for (let n = 0; n < 32; n++) desk.ask(greedy);
  desk.ask(modest);
  await desk.has(2);
  assertEquals(new Set(desk.held.map(({ peer_id }) => peer_id)), new Set([greedy, modest]));
});

Deno.test("receivers that take nothing step aside after a while, and keep only their own turn", async () => {
  const clock = new FakeClock();
  const desk = new Desk(new SendTurns(UNLIMITED, clock));
  const stalled = Array.from({ length: 30 }, newPeerId);
  for (const peer_id of stalled) for (let n = 0; n < 4; n++) desk.ask(peer_id);
  await desk.has(8);
  await clock.advance(49);
  await desk.has(8);
  await clock.advance(1);
  await desk.has(16);
  await clock.advance(1_000);
  await desk.has(30);
  const quick = newPeerId();
  desk.ask(quick);
  await desk.has(31);
  assertEquals(desk.held.at(-1)?.peer_id, quick);
  while (desk.held.length > 0) desk.give(0);
  await desk.has(8);
});

Deno.test("a turn that was given back twice counts once", async () => {
  const desk = new Desk(new SendTurns(UNLIMITED, new FakeClock()));
  for (let n = 0; n < 20; n++) desk.ask(newPeerId());
  await desk.has(8);
  const turn = desk.held[0]?.turn;
  desk.give(0);
  turn?.[Symbol.dispose]();
  await desk.has(8);
});

Deno.test("who gives up waiting gets his reason, and his turn goes to the next one", async () => {
  const desk = new Desk(new SendTurns(UNLIMITED, new FakeClock()));
  const leaving = new AbortController();
  const [leaver, stayer] = [newPeerId(), newPeerId()];
  for (let n = 0; n < 8; n++) desk.ask(newPeerId());
  await desk.has(8);
  desk.ask(leaver, leaving.signal);
  desk.ask(stayer);
  leaving.abort("left");
  desk.give(0);
  await desk.has(8);
  assertEquals(desk.errors, ["left"]);
  assertEquals(desk.held.at(-1)?.peer_id, stayer);
  await assertRejects(() =>
    desk.turns.take(leaver, { bytes, order: 0, signal: AbortSignal.abort(new Error("gone")) })
  );
});

Deno.test("who gives up while the limit holds him back takes nothing and holds back nobody", async () => {
  const clock = new FakeClock();
  const turns = new SendTurns(new RateLimiter(4 * 1024 * 1024, clock), clock);
  assertEquals(turns.piece_bytes, bytes);
  const peer_id = newPeerId();
  const wish = (signal = never) => ({ bytes, order: 0, signal });
  for (let n = 0; n < 4; n++) (await turns.take(newPeerId(), wish()))[Symbol.dispose]();
  const leaving = new AbortController();
  const left = turns.take(peer_id, wish(leaving.signal));
  const stays = turns.take(peer_id, wish());
  leaving.abort(new Error("left"));
  await assertRejects(() => left, Error, "left");
  await clock.advance(100);
  (await within("the other one", stays))[Symbol.dispose]();
});

Deno.test("a turn that comes in the moment of giving up goes back, whenever that is", async () => {
  const turns = new SendTurns(UNLIMITED, new FakeClock());
  const peer_id = newPeerId();
  for (let steps = 0; steps < 20; steps++) {
    const leaving = new AbortController();
    const taking = turns.take(peer_id, { bytes, order: 0, signal: leaving.signal });
    for (let step = 0; step < steps; step++) await Promise.resolve();
    leaving.abort(new Error("left"));
    await taking.then((turn) => turn[Symbol.dispose](), () => {});
    const next = turns.take(peer_id, { bytes, order: 0, signal: never });
    (await within(`a turn after ${steps} steps`, next, 2_000))[Symbol.dispose]();
  }
});

Deno.test("pieces follow the limit, and who has asked for a large one gets a turn for a small one", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(undefined, clock);
  const turns = new SendTurns(limiter, clock);
  const large = turns.piece_bytes;
  limiter.bytes_per_s = large;
  assertEquals([turns.piece_bytes, large], [Math.round(large / 10), bytes]);
  using turn = await turns.take(newPeerId(), { bytes: large, order: 0, signal: never });
  assertEquals(turn.bytes, turns.piece_bytes);
  limiter.bytes_per_s = undefined;
  assertEquals(turns.piece_bytes, large);
});

Deno.test("when the limit is lowered, who has asked for large pieces goes on evenly in small ones", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(undefined, clock);
  const turns = new SendTurns(limiter, clock);
  const leaving = new AbortController();
  const sent = new Map<PeerId, number>();
  const peers = Array.from({ length: 8 }, newPeerId);
  const send = async (peer_id: PeerId) => {
    for (let wanted = bytes;; wanted = turns.piece_bytes) {
      using turn = await turns.take(peer_id, { bytes: wanted, order: 0, signal: leaving.signal });
      sent.set(peer_id, (sent.get(peer_id) ?? 0) + turn.bytes);
    }
  };
  const sending = peers.flatMap((peer_id) => [1, 2, 3, 4].map(() => send(peer_id).catch(() => {})));
  limiter.bytes_per_s = 10 * 1024;
  await clock.advance(10_000);
  leaving.abort();
  await Promise.all(sending);
  const all = [...sent.values()];
  assertEquals(all.length, peers.length);
  assert(Math.max(...all) <= 1.2 * Math.min(...all), all.join());
});

Deno.test("who gives up while the limit holds him back is charged nothing", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(10 * 1024, clock);
  const turns = new SendTurns(limiter, clock);
  const leaving = new AbortController();
  const [leaver, other] = [newPeerId(), newPeerId()];
  const sent: PeerId[] = [];
  const send = async (peer_id: PeerId) => {
    for (let n = 0; n < 20; n++) {
      using _ = await turns.take(peer_id, { bytes: 1024, order: 0, signal: never });
      sent.push(peer_id);
    }
  };
  for (const burst of [1024, 1024, 512]) await limiter.take(burst, never);
  const left = turns.take(leaver, { bytes, order: 0, signal: leaving.signal });
  await clock.advance(10);
  leaving.abort(new Error("left"));
  await assertRejects(() => left, Error, "left");
  const sending = [other, other, leaver, leaver].map(send);
  await clock.advance(1_000);
  const share = sent.filter((peer_id) => peer_id === leaver).length;
  assert(share >= 4 && share <= 6, `${share} of ${sent.length}`);
  await clock.advance(10_000);
  await Promise.all(sending);
});

Deno.test("under a limit peers share evenly, whatever they have open, and the sum keeps to it", async () => {
  const clock = new FakeClock();
  const turns = new SendTurns(new RateLimiter(100 * 1024, clock), clock);
  const leaving = new AbortController();
  const sent = new Map<PeerId, number>();
  const send = async (peer_id: PeerId) => {
    while (true) {
      using _ = await turns.take(peer_id, { bytes: turns.piece_bytes, order: 0, signal: leaving.signal });
      sent.set(peer_id, (sent.get(peer_id) ?? 0) + turns.piece_bytes);
    }
  };
  const [greedy, ...modest] = Array.from({ length: 4 }, newPeerId);
  const sending = [...Array(32).fill(greedy), ...modest].map((peer_id) => send(peer_id).catch(() => {}));
  await clock.advance(20_000);
  leaving.abort();
  await Promise.all(sending);
  const all = [...sent.values()];
  const sum = all.reduce((a, b) => a + b, 0);
  assert(sum <= (20 * 100 + 25) * 1024 && sum >= 19 * 100 * 1024, `${sum} bytes`);
  assert(Math.max(...all) <= 1.1 * Math.min(...all), all.join());
});

Deno.test("who begins a chunk goes on with it before a later one of the same peer begins", async () => {
  const turns = new SendTurns(UNLIMITED, new FakeClock());
  const peer_id = newPeerId();
  const order: number[] = [];
  const chunk = async (n: number) => {
    for (let piece = 0; piece < 3; piece++) {
      using _ = await turns.take(peer_id, { bytes, order: n, signal: never });
      order.push(n);
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  await Promise.all([chunk(1), chunk(2), chunk(3)]);
  assertEquals(order, [1, 1, 1, 2, 2, 2, 3, 3, 3]);
});
