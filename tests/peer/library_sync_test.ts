import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { LibrarySync } from "../../src/peer/library_sync.ts";
import { PeerGameDB } from "../../src/peer/peer_db.ts";
import { SocketAddress } from "../../src/proto/ids.ts";
import { type GameSummary, libraryDigest } from "../../src/proto/library.ts";
import type { GetLibrary, LibraryDelta, LibrarySnapshot } from "../../src/proto/message.ts";
import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { newPeerId } from "../support/parties.ts";
import { summary } from "../support/summaries.ts";

const peer_id = newPeerId();
const [a, b, c] = [summary("a"), summary("b"), summary("c")];

type Library = LibraryDelta | LibrarySnapshot;

/** The sync of one other peer, with the answers of that peer in the test's hand. */
class Lab implements AsyncDisposable {
  readonly db = new PeerGameDB();
  readonly scope = new Scope();
  readonly asked: GetLibrary[] = [];
  readonly answers: PromiseWithResolvers<Library>[] = [];
  readonly problems: unknown[] = [];
  changes = 0;
  readonly sync: LibrarySync;

  constructor() {
    this.db.record(peer_id, "peer", SocketAddress.parse("127.0.0.1:1"));
    this.sync = new LibrarySync({
      db: this.db,
      scope: this.scope,
      ask: (_, request) => {
        this.asked.push(request);
        const answer = Promise.withResolvers<Library>();
        this.answers.push(answer);
        return answer.promise;
      },
      onChange: () => this.changes++,
      onProblem: (_, error) => void this.problems.push(error),
    });
  }

  /** Waits for the next question and answers it. */
  async answer(library: Library): Promise<void> {
    (await until("a question", () => this.answers.shift())).resolve(library);
  }

  /** Waits until nothing is asked any more. */
  async quiet(): Promise<void> {
    await until("the sync is quiet", () => this.scope.size === 0);
  }

  get ids(): string[] {
    return [...this.db.get(peer_id)?.games.keys() ?? []].sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const answer of this.answers) answer.reject(new DOMException("over", "AbortError"));
    await this.scope[Symbol.asyncDispose]();
  }
}

function snapshot(library_rev: number, games: GameSummary[]): LibrarySnapshot {
  return { type: "library_snapshot", library_rev, games };
}

function delta(from_rev: number, to_rev: number, added: GameSummary[]): LibraryDelta {
  return { type: "library_delta", from_rev, to_rev, added, updated: [], removed: [] };
}

/** A lab that knows revision 5 with game a. */
async function synced(): Promise<Lab> {
  const lab = new Lab();
  lab.sync.told(peer_id, 5, libraryDigest([a]));
  await lab.answer(snapshot(5, [a]));
  await lab.quiet();
  return lab;
}

Deno.test("the first contact asks for everything, once", async () => {
  await using lab = await synced();
  assertEquals(lab.asked, [{ type: "get_library" }]);
  assertEquals([lab.ids, lab.changes], [["a"], 1]);
});

Deno.test("an empty library needs no question", async () => {
  await using lab = new Lab();
  lab.sync.told(peer_id, 3, libraryDigest([]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.db.get(peer_id)?.library_rev, lab.changes], [0, 3, 1]);
});

Deno.test("equal digests ask nothing, and a later delta follows the revision that was told", async () => {
  await using lab = await synced();
  lab.sync.told(peer_id, 5, libraryDigest([a]));
  lab.sync.told(peer_id, 9, libraryDigest([a]));
  lab.sync.pushed(peer_id, delta(9, 10, [b]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.ids], [1, ["a", "b"]]);
});

Deno.test("another digest asks for what came since the known revision", async () => {
  await using lab = await synced();
  lab.sync.told(peer_id, 7, libraryDigest([a, b]));
  await lab.answer(delta(5, 7, [b]));
  await lab.quiet();
  assertEquals(lab.asked[1], { type: "get_library", since_rev: 5 });
  assertEquals([lab.ids, lab.changes, lab.db.get(peer_id)?.library_rev], [["a", "b"], 2, 7]);
});

Deno.test("another digest under a revision that is not newer asks for everything", async () => {
  await using lab = await synced();
  for (const rev of [5, 2]) {
    lab.sync.told(peer_id, rev, libraryDigest([b]));
    const question = await until("a question", () => lab.asked.at(-1));
    assertEquals(question, { type: "get_library" });
    await lab.answer(snapshot(rev, rev === 5 ? [c] : [b]));
    await lab.quiet();
  }
  assertEquals([lab.ids, lab.db.get(peer_id)?.library_rev], [["b"], 2]);
});

Deno.test("a push that follows is applied without a question", async () => {
  await using lab = await synced();
  lab.sync.pushed(peer_id, delta(5, 6, [b]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.ids, lab.changes], [1, ["a", "b"], 2]);
});

Deno.test("a push that is not newer is ignored", async () => {
  await using lab = await synced();
  lab.sync.pushed(peer_id, delta(4, 5, [b]));
  lab.sync.pushed(peer_id, delta(1, 3, [b]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.ids, lab.changes], [1, ["a"], 1]);
});

Deno.test("a gap asks, and an answer that does not close it asks for everything", async () => {
  await using lab = await synced();
  lab.sync.pushed(peer_id, delta(7, 8, [c]));
  await lab.answer(delta(6, 8, [c]));
  await lab.answer(snapshot(8, [a, b, c]));
  await lab.quiet();
  assertEquals(lab.asked.slice(1), [{ type: "get_library", since_rev: 5 }, { type: "get_library" }]);
  assertEquals([lab.ids, lab.db.get(peer_id)?.library_rev], [["a", "b", "c"], 8]);
});

Deno.test("a summary that is pushed asks for the change", async () => {
  await using lab = await synced();
  const library_digest = libraryDigest([a, b]);
  lab.sync.pushed(peer_id, { type: "library_summary", library_rev: 6, library_digest, game_count: 2 });
  await lab.answer(delta(5, 6, [b]));
  await lab.quiet();
  assertEquals(lab.ids, ["a", "b"]);
});

Deno.test("questions that come up while one is open become one more", async () => {
  await using lab = await synced();
  for (let rev = 7; rev < 20; rev++) lab.sync.pushed(peer_id, delta(rev, rev + 1, [c]));
  await lab.answer(delta(5, 12, [b]));
  await lab.answer(delta(12, 20, [c]));
  await lab.quiet();
  assertEquals(lab.asked.length, 3);
  assertEquals([lab.ids, lab.db.get(peer_id)?.library_rev], [["a", "b", "c"], 20]);
});

Deno.test("a question that failed is not repeated by itself, but by the next news", async () => {
  await using lab = await synced();
  lab.sync.told(peer_id, 6, libraryDigest([b]));
  (await until("a question", () => lab.answers.shift())).reject(new LanspreadError("timeout", "late"));
  await lab.quiet();
  assertEquals([lab.problems.length, lab.asked.length], [1, 2]);
  lab.sync.told(peer_id, 6, libraryDigest([b]));
  await lab.answer(snapshot(6, [b]));
  await lab.quiet();
  assertEquals(lab.ids, ["b"]);
});

Deno.test("news that came while a question was about to fail is asked for", async () => {
  await using lab = await synced();
  lab.sync.told(peer_id, 6, libraryDigest([b]));
  const open = await until("a question", () => lab.answers.shift());
  // The peer shakes hands again over a new connection while the old one is dying.
  lab.sync.told(peer_id, 6, libraryDigest([b]));
  open.reject(new LanspreadError("connection_lost", "gone"));
  await lab.answer(snapshot(6, [b]));
  await lab.quiet();
  assertEquals([lab.ids, lab.problems.length], [["b"], 1]);
});

Deno.test("an unknown peer is asked nothing and changes nothing", async () => {
  await using lab = new Lab();
  lab.sync.told(newPeerId(), 3, libraryDigest([a]));
  lab.sync.pushed(newPeerId(), delta(1, 2, [a]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.changes, lab.db.size], [0, 0, 1]);
});

Deno.test("a newer revision in discovery's record asks, the known one and an older one don't", async () => {
  await using lab = new Lab();
  lab.db.setLibrary(peer_id, 5, [a]);
  for (const rev of [4, 5]) lab.sync.hinted(peer_id, rev);
  await lab.quiet();
  assertEquals(lab.asked, []);
  lab.sync.hinted(peer_id, 6);
  await lab.answer(delta(5, 6, [b]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.db.get(peer_id)?.library_rev], [1, 6]);
});

Deno.test("an older revision with the digest that is known does not set the revision back", async () => {
  await using lab = await synced();
  lab.sync.told(peer_id, 4, libraryDigest([a]));
  await lab.quiet();
  assertEquals([lab.asked.length, lab.db.get(peer_id)?.library_rev], [1, 5]);
});

Deno.test("a late answer does not take back what a push has told since", async () => {
  await using lab = await synced();
  lab.sync.told(peer_id, 6, libraryDigest([a, b]));
  await until("the question", () => lab.asked.length === 2);
  lab.sync.pushed(peer_id, delta(5, 7, [b]));
  await lab.answer({ type: "library_snapshot", library_rev: 6, games: [] });
  await lab.quiet();
  const peer = lab.db.get(peer_id);
  assertEquals([peer?.library_rev, peer?.games.size], [7, 2]);
});
