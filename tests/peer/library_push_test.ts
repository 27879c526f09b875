import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { AnnouncedLibrary } from "../../src/peer/announced_library.ts";
import { LibraryPusher } from "../../src/peer/library_push.ts";
import type { LibraryPush } from "../../src/peer/server.ts";
import type { PeerId } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";
import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { newPeerId } from "../support/parties.ts";
import { summary } from "../support/summaries.ts";

const [alice, bob] = [newPeerId(), newPeerId()];
const [a, b, c, d] = [summary("a"), summary("b"), summary("c"), summary("d")];

/** One push that waits for the test to answer it. */
interface Pending {
  readonly to: PeerId;
  readonly push: LibraryPush;
  /** What it tells: the revisions of a delta, or of a summary. */
  readonly told: string;
  answer(): void;
  fail(error?: Error): void;
}

/** A pusher whose pushes are in the test's hand. */
class Lab implements AsyncDisposable {
  readonly scope = new Scope();
  readonly pushes: Pending[] = [];
  readonly problems: unknown[] = [];
  readonly library: AnnouncedLibrary;
  readonly pusher: LibraryPusher;

  /** Begins with game a at revision 1. */
  constructor() {
    let rev = 0;
    this.library = new AnnouncedLibrary(() => ++rev);
    this.library.update([a]);
    this.pusher = new LibraryPusher({
      library: this.library,
      scope: this.scope,
      push: (to, push) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const fail = (error: Error = new LanspreadError("connection_lost", "broken")) => reject(error);
        this.pushes.push({ to, push, told: toldBy(push), answer: resolve, fail });
        return promise;
      },
      onProblem: (_, error) => void this.problems.push(error),
    });
  }

  /** The library changes and everybody is told. */
  change(...games: GameSummary[]): void {
    this.library.update(games);
    this.pusher.pushAll();
  }

  /** Waits for the push with this number, from 0. */
  async push(number: number): Promise<Pending> {
    return await until(`push ${number}`, () => this.pushes[number]);
  }

  /** Waits until nobody is told anything. */
  async quiet(): Promise<void> {
    await until("the pusher is quiet", () => this.scope.size === 0);
  }

  get told(): string[] {
    return this.pushes.map(({ told }) => told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.scope.abort();
    for (const pending of this.pushes) pending.fail(new DOMException("over", "AbortError"));
    await this.scope[Symbol.asyncDispose]();
  }
}

function toldBy(push: LibraryPush): string {
  return push.type === "library_delta"
    ? `${push.from_rev}-${push.to_rev}`
    : `${push.type} ${push.library_rev}`;
}

Deno.test("who was told everything by the handshake is pushed nothing", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.pusher.pushAll();
  await lab.quiet();
  assertEquals(lab.told, []);
});

Deno.test("a change goes to every known peer as a delta from what it was told", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.pusher.introduced(bob, 1);
  lab.change(a, b);
  for (const number of [0, 1]) (await lab.push(number)).answer();
  await lab.quiet();
  assertEquals(lab.pushes.map(({ to, told }) => [to, told]), [[alice, "1-2"], [bob, "1-2"]]);
  assertEquals(lab.pushes[0]?.push, {
    type: "library_delta",
    from_rev: 1,
    to_rev: 2,
    added: [b],
    updated: [],
    removed: [],
  });
});

Deno.test("a peer is told one thing at a time, and changes meanwhile go out as one", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  const first = await lab.push(0);
  lab.change(a, b, c);
  lab.change(b, c, d);
  assertEquals(lab.told, ["1-2"]);
  first.answer();
  const second = await lab.push(1);
  second.answer();
  await lab.quiet();
  assertEquals(lab.told, ["1-2", "2-4"]);
  assertEquals(second.push, {
    type: "library_delta",
    from_rev: 2,
    to_rev: 4,
    added: [c, d],
    updated: [],
    removed: [a.id],
  });
});

Deno.test("a peer that answers slowly holds nobody else back", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.pusher.introduced(bob, 1);
  lab.change(a, b);
  (await lab.push(1)).answer();
  lab.change(a, b, c);
  // What a push that was answered leads to shows without waiting for the other one.
  const next = await lab.push(2);
  assertEquals([lab.pushes[0]?.to, next.to, next.told], [alice, bob, "2-3"]);
});

Deno.test("a push that failed is owed: the next pushAll() repeats it, with what changed since", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  (await lab.push(0)).fail();
  await lab.quiet();
  assertEquals([lab.told, lab.problems.length], [["1-2"], 1]);
  lab.pusher.pushAll();
  (await lab.push(1)).fail();
  await lab.quiet();
  lab.change(a, b, c);
  (await lab.push(2)).answer();
  await lab.quiet();
  lab.pusher.pushAll();
  await lab.quiet();
  assertEquals([lab.told, lab.problems.length], [["1-2", "1-2", "1-3"], 2]);
});

Deno.test("a delta that is too long for a frame is told as a summary", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  (await lab.push(0)).fail(new LanspreadError("invalid_request", "too long"));
  const second = await lab.push(1);
  second.answer();
  await lab.quiet();
  assertEquals(second.push, {
    type: "library_summary",
    library_rev: 2,
    library_digest: lab.library.digest,
    game_count: 2,
  });
  lab.change(a, b, c);
  (await lab.push(2)).answer();
  await lab.quiet();
  assertEquals([lab.told, lab.problems.length], [["1-2", "library_summary 2", "2-3"], 0]);
});

Deno.test("a summary that fails too is owed", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  (await lab.push(0)).fail(new LanspreadError("invalid_request", "too long"));
  (await lab.push(1)).fail();
  await lab.quiet();
  lab.pusher.pushAll();
  (await lab.push(2)).answer();
  await lab.quiet();
  assertEquals([lab.told, lab.problems.length], [["1-2", "library_summary 2", "1-2"], 1]);
});

Deno.test("a peer that knows a revision from before this run is told a summary", async () => {
  await using lab = new Lab();
  lab.change(a, b);
  lab.pusher.introduced(alice, 0);
  (await lab.push(0)).answer();
  await lab.quiet();
  assertEquals(lab.told, ["library_summary 2"]);
});

Deno.test("a change between hello and its answer is pushed when the handshake is over", async () => {
  await using lab = new Lab();
  lab.change(a, b);
  lab.pusher.introduced(alice, 1);
  (await lab.push(0)).answer();
  await lab.quiet();
  assertEquals(lab.told, ["1-2"]);
});

Deno.test("a handshake during a push settles nothing: its answer may be lost, so what was owed is told", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  const first = await lab.push(0);
  lab.change(a, b, c);
  lab.pusher.introduced(alice, 3);
  first.answer();
  (await lab.push(1)).answer();
  await lab.quiet();
  assertEquals(lab.told, ["1-2", "2-3"]);
});

Deno.test("a handshake that told less than a push makes the difference owed again", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  (await lab.push(0)).answer();
  await lab.quiet();
  lab.pusher.introduced(alice, 1);
  (await lab.push(1)).answer();
  await lab.quiet();
  assertEquals(lab.told, ["1-2", "1-2"]);
});

Deno.test("a forgotten peer is told nothing any more, not even what was owed", async () => {
  await using lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  const first = await lab.push(0);
  lab.change(a, b, c);
  lab.pusher.forget(alice);
  first.answer();
  await lab.quiet();
  lab.change(a);
  await lab.quiet();
  assertEquals([lab.told, lab.problems], [["1-2"], []]);
});

Deno.test("stopping during a push is no problem of anybody", async () => {
  const lab = new Lab();
  lab.pusher.introduced(alice, 1);
  lab.change(a, b);
  await lab.push(0);
  await lab[Symbol.asyncDispose]();
  assertEquals(lab.problems, []);
});
