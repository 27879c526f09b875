import fc from "fast-check";
import { LibraryHistory } from "../../src/peer/library_history.ts";
import { PeerGameDB } from "../../src/peer/peer_db.ts";
import { SocketAddress } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";
import { diffLibraries } from "../../src/watch/diff.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";
import { holds } from "../support/seeds.ts";
import { libraries, summary } from "../support/summaries.ts";

const peer_id = newPeerId();

/** What a peer that knew `before` holds after `delta`. */
function applied(before: readonly GameSummary[], from_rev: number, to_rev: number, history: LibraryHistory) {
  const diff = history.since(from_rev, to_rev);
  assert(diff, `nothing known since ${from_rev}`);
  const db = new PeerGameDB();
  db.record(peer_id, "peer", SocketAddress.parse("127.0.0.1:1"));
  db.setLibrary(peer_id, from_rev, before);
  db.applyDelta(peer_id, { type: "library_delta", from_rev, to_rev, ...diff });
  return { games: [...db.get(peer_id)?.games.values() ?? []], diff };
}

Deno.test("the changes since any revision lead to the same library as a snapshot", async () => {
  await holds(
    fc.property(libraries, (states) => {
      const history = new LibraryHistory();
      for (const [i, state] of states.entries()) {
        if (i > 0) history.record(i, i + 1, diffLibraries(states[i - 1] ?? [], state));
      }
      const now = states.at(-1) ?? [];
      for (const [i, state] of states.entries()) {
        const { games, diff } = applied(state, i + 1, states.length, history);
        assertEquals(diffLibraries(games, now), { added: [], updated: [], removed: [] });
        const kinds = [...diff.added, ...diff.updated].map(({ id }) => id).concat(diff.removed);
        assertEquals(new Set(kinds).size, kinds.length, "a game is told twice");
      }
    }),
    { runs: 300 },
  );
});

Deno.test("nothing changed since the current revision", () => {
  const nothing = { added: [], updated: [], removed: [] };
  assertEquals(new LibraryHistory().since(7, 7), nothing);
});

Deno.test("a revision that is not part of the chain is not known", () => {
  const history = new LibraryHistory();
  history.record(0, 5, diffLibraries([], [summary("a")]));
  history.record(5, 6, diffLibraries([summary("a")], []));
  assertEquals(history.since(5, 6)?.removed.length, 1);
  for (const rev of [0, 1, 4, 7]) assertEquals(history.since(rev, 6), undefined);
});

Deno.test("a game that came and went is not told, one that went and came back is an update", () => {
  const [a, b] = [summary("a"), summary("a", { size: 11 })];
  const history = new LibraryHistory();
  history.record(1, 2, diffLibraries([], [a]));
  history.record(2, 3, diffLibraries([a], []));
  history.record(3, 4, diffLibraries([], [b]));
  assertEquals(history.since(1, 4), { added: [b], updated: [], removed: [] });
  assertEquals(history.since(2, 4), { added: [], updated: [b], removed: [] });
  const gone = new LibraryHistory();
  gone.record(1, 2, diffLibraries([], [a]));
  gone.record(2, 3, diffLibraries([a], []));
  assertEquals(gone.since(1, 3), { added: [], updated: [], removed: [] });
});

Deno.test("the history forgets its oldest changes, and still knows the others", () => {
  const history = new LibraryHistory();
  const count = 5_000;
  for (let rev = 1; rev <= count; rev++) {
    history.record(rev, rev + 1, { added: [], updated: [summary("a", { size: rev })], removed: [] });
  }
  assertEquals(history.since(1, count + 1), undefined);
  assertEquals(history.since(count - 4_000, count + 1)?.updated.map(({ size }) => size), [count]);
});
