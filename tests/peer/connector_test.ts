import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { Connector } from "../../src/peer/connector.ts";
import { PeerId, SocketAddress } from "../../src/proto/ids.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

const SMALL = PeerId.parse("00000000-0000-4000-8000-000000000001");
const LARGE = PeerId.parse("ffffffff-0000-4000-8000-000000000002");
const ADDR = SocketAddress.parse("127.0.0.1:1000");
const NEW_ADDR = SocketAddress.parse("127.0.0.1:2000");

/** A connector whose network is in the test's hand: `outcome` says what a dial does. */
class Lab implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scope = new Scope();
  readonly dials: [at_ms: number, addr: string][] = [];
  readonly lost: PeerId[] = [];
  readonly problems: unknown[] = [];
  readonly connected = new Set<PeerId>();
  dialling = 0;
  most_at_once = 0;
  outcome: (peer_id: PeerId) => Promise<void> = (peer_id) => {
    this.connected.add(peer_id);
    return Promise.resolve();
  };
  readonly connector: Connector;

  constructor(own_id: PeerId, readonly other: PeerId) {
    this.connector = new Connector({
      own_id,
      clock: this.clock,
      scope: this.scope,
      isConnected: (id) => this.connected.has(id),
      dial: async (id, addr) => {
        this.dials.push([this.clock.now(), addr]);
        this.most_at_once = Math.max(this.most_at_once, ++this.dialling);
        await this.outcome(id).finally(() => this.dialling--);
        this.connector.acquainted(id, addr);
      },
      onLost: (id) => void this.lost.push(id),
      onProblem: (_, __, error) => void this.problems.push(error),
    });
  }

  get times(): number[] {
    return this.dials.map(([at]) => at);
  }

  /** The connection to the other peer breaks. */
  breakConnection(): void {
    this.connected.delete(this.other);
    this.connector.disconnected(this.other);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
  }
}

function refuse(code: "handshake_failed" | "incompatible" = "handshake_failed") {
  return () => Promise.reject(new LanspreadError(code, "no"));
}

Deno.test("the peer with the smaller id dials at once", async () => {
  await using lab = new Lab(SMALL, LARGE);
  assertEquals(lab.connector.seen(LARGE, ADDR), true);
  await lab.clock.advance(0);
  assertEquals(lab.dials, [[0, ADDR]]);
});

Deno.test("the peer with the larger id waits, and does not dial where the other one did", async () => {
  await using lab = new Lab(LARGE, SMALL);
  lab.connector.seen(SMALL, ADDR);
  await lab.clock.advance(299);
  assertEquals(lab.dials, []);
  await lab.clock.advance(1);
  assertEquals(lab.times, [300]);
  await using other = new Lab(LARGE, SMALL);
  other.connector.seen(SMALL, ADDR);
  await other.clock.advance(100);
  other.connected.add(SMALL);
  other.connector.acquainted(SMALL, ADDR);
  await other.clock.advance(60_000);
  assertEquals(other.dials, []);
});

Deno.test("the same sight again is no news, another address is", async () => {
  await using lab = new Lab(SMALL, LARGE);
  assertEquals(lab.connector.seen(LARGE, ADDR), true);
  assertEquals(lab.connector.seen(LARGE, ADDR), false);
  assertEquals(lab.connector.seen(LARGE, NEW_ADDR), true);
  await lab.clock.advance(0);
  assertEquals(lab.dials, [[0, NEW_ADDR]]);
});

Deno.test("a dial that fails is tried again, ever more seldom, while discovery sees the peer", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(63_500 + 30_000);
  assertEquals(lab.times, [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500, 61_500, 91_500]);
  assertEquals(lab.problems.length, lab.dials.length);
});

Deno.test("a peer counts as lost once, after two failures in a row", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(499);
  assertEquals(lab.lost, []);
  await lab.clock.advance(20_000);
  assertEquals(lab.lost, [LARGE]);
});

Deno.test("a peer that only a handshake told of is given up after two failures", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.connector.acquainted(LARGE, ADDR);
  lab.outcome = refuse();
  lab.breakConnection();
  await lab.clock.advance(120_000);
  assertEquals([lab.dials.length, lab.lost], [2, [LARGE]]);
});

Deno.test("a broken connection is dialled again at once", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(1_000);
  lab.breakConnection();
  await lab.clock.advance(1_000);
  assertEquals(lab.times, [0, 1_000]);
  assertEquals(lab.lost, []);
});

Deno.test("a handshake clears the failures before it", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(100);
  lab.connector.acquainted(LARGE, NEW_ADDR);
  await lab.clock.advance(400);
  assertEquals([lab.lost.length, lab.dials.at(-1)], [0, [500, NEW_ADDR]]);
});

Deno.test("a peer that is gone is not dialled any more", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(100);
  lab.connector.gone(LARGE);
  await lab.clock.advance(120_000);
  assertEquals([lab.dials.length, lab.scope.size], [1, 0]);
});

Deno.test("a peer that is gone from sight while it can't be reached is lost", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(0);
  lab.outcome = refuse();
  lab.breakConnection();
  await lab.clock.advance(0);
  lab.connector.gone(LARGE);
  await lab.clock.advance(120_000);
  assertEquals(lab.lost, [LARGE]);
});

Deno.test("a connection that breaks after the peer is gone from sight means it is lost", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(0);
  lab.connector.gone(LARGE);
  await lab.clock.advance(0);
  assertEquals(lab.lost, []);
  lab.breakConnection();
  await lab.clock.advance(120_000);
  assertEquals([lab.lost, lab.dials.length], [[LARGE], 1]);
});

Deno.test("a peer that comes back after it was gone is dialled again", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(100);
  lab.connector.gone(LARGE);
  assertEquals(lab.connector.seen(LARGE, NEW_ADDR), true);
  await lab.clock.advance(1_000);
  assertEquals(lab.dials.slice(0, 3), [[0, ADDR], [100, NEW_ADDR], [600, NEW_ADDR]]);
});

Deno.test("a peer of another version is not dialled again before there is news of it, and is lost", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse("incompatible");
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(120_000);
  assertEquals([lab.dials.length, lab.lost], [1, [LARGE]]);
  lab.connector.seen(LARGE, NEW_ADDR);
  await lab.clock.advance(0);
  assertEquals(lab.dials.length, 2);
});

Deno.test("there are never two dials to one peer at a time", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = () => lab.clock.sleep(1_000, lab.scope.signal);
  for (let i = 0; i < 5; i++) {
    lab.connector.seen(LARGE, i % 2 ? ADDR : NEW_ADDR);
    lab.connector.disconnected(LARGE);
    await lab.clock.advance(100);
  }
  assertEquals([lab.dials.length, lab.most_at_once], [1, 1]);
});

Deno.test("a connection that breaks as soon as it stands is dialled again", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = () => {
    // The other side closes at once: the break is told before the dial is over.
    if (lab.dials.length === 1) lab.connector.disconnected(LARGE);
    else lab.connected.add(LARGE);
    return Promise.resolve();
  };
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(5_000);
  assertEquals(lab.dials.length, 2);
});

Deno.test("a new address is dialled at once, also while the next try would be far away", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(40_000);
  const before = lab.dials.length;
  lab.connector.seen(LARGE, NEW_ADDR);
  await lab.clock.advance(0);
  assertEquals(lab.dials.slice(before), [[40_000, NEW_ADDR]]);
  await lab.clock.advance(500);
  assertEquals(lab.dials.length, before + 2);
});

Deno.test("an abort ends every dial", async () => {
  const lab = new Lab(SMALL, LARGE);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(0);
  await lab.scope[Symbol.asyncDispose]();
  assertEquals([lab.scope.size, lab.clock.sleeping], [0, 0]);
});

const ELSEWHERE = SocketAddress.parse("127.0.0.1:9");

Deno.test("a connected peer that is seen at a new address is dialled there", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(0);
  lab.connector.seen(LARGE, ELSEWHERE);
  await lab.clock.advance(0);
  assertEquals(lab.dials.map(([, addr]) => addr), [ADDR, ELSEWHERE]);
  await lab.clock.advance(60_000);
  assertEquals([lab.dials.length, lab.lost], [2, []]);
});

Deno.test("a wrong new address does not cost the connection to the proven one", async () => {
  await using lab = new Lab(SMALL, LARGE);
  lab.connector.seen(LARGE, ADDR);
  await lab.clock.advance(0);
  lab.outcome = refuse();
  lab.connector.seen(LARGE, ELSEWHERE);
  await lab.clock.advance(120_000);
  assertEquals([lab.dials.length, lab.lost], [3, []]);
  lab.breakConnection();
  await lab.clock.advance(0);
  assertEquals(lab.dials.at(-1)?.[1], ADDR);
});
