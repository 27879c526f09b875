import { PeerGameDB } from "../../src/peer/peer_db.ts";
import { GameId, GameVersion, PeerId, SocketAddress } from "../../src/proto/ids.ts";
import { libraryDigest } from "../../src/proto/library.ts";
import { assertEquals } from "../support/assert.ts";
import { summary } from "../support/summaries.ts";

const [alice, bob, carol] = [1, 2, 3].map((n) => PeerId.parse(`00000000-0000-4000-8000-00000000000${n}`)) as [
  PeerId,
  PeerId,
  PeerId,
];
const ADDR = SocketAddress.parse("127.0.0.1:1");
const NEW_ADDR = SocketAddress.parse("127.0.0.1:2");
const game_id = GameId.parse("game");
const v = (text: string) => GameVersion.parse(text);

function dbOf(...peers: PeerId[]): PeerGameDB {
  const db = new PeerGameDB();
  for (const peer_id of peers) db.record(peer_id, "peer", ADDR);
  return db;
}

Deno.test("a known peer at a new address is the same peer", () => {
  const db = new PeerGameDB();
  assertEquals(db.record(alice, "alice", ADDR), "peer");
  db.setLibrary(alice, 3, [summary("game")]);
  assertEquals(db.record(alice, "Alice", NEW_ADDR), "name or address");
  assertEquals(db.record(alice, "Alice", NEW_ADDR), "nothing");
  assertEquals([db.size, db.get(alice)?.name, db.get(alice)?.addr], [1, "Alice", NEW_ADDR]);
  assertEquals([db.get(alice)?.library_rev, db.get(alice)?.games.size], [3, 1]);
});

Deno.test("a peer that is removed takes its games along", () => {
  const db = dbOf(bob, alice);
  db.setLibrary(bob, 1, [summary("game")]);
  assertEquals(db.list().map(({ peer_id }) => peer_id), [alice, bob]);
  assertEquals([db.remove(bob), db.remove(bob)], [true, false]);
  assertEquals([db.size, db.gameIds().size, db.sources(game_id, v("1.0")).length], [1, 0, 0]);
  db.setLibrary(bob, 2, [summary("game")]);
  assertEquals(db.gameIds().size, 0);
});

Deno.test("applyDelta() applies what follows, ignores what is old and sees a gap", () => {
  const db = dbOf(alice);
  const delta = { type: "library_delta" as const, added: [], updated: [], removed: [] };
  db.setLibrary(alice, 5, [summary("a"), summary("b")]);
  const next = {
    ...delta,
    from_rev: 5,
    to_rev: 6,
    added: [summary("c")],
    updated: [summary("a", { size: 99 })],
    removed: [GameId.parse("b")],
  };
  assertEquals(db.applyDelta(alice, { ...next, from_rev: 6, to_rev: 7 }), "gap");
  assertEquals(db.applyDelta(alice, { ...next, from_rev: 4, to_rev: 5 }), "ignored");
  assertEquals([...db.get(alice)?.games.keys() ?? []], ["a", "b"].map((id) => GameId.parse(id)));
  assertEquals(db.applyDelta(alice, next), "applied");
  const games = [summary("a", { size: 99 }), summary("c")];
  assertEquals([...db.get(alice)?.games.values() ?? []], games);
  assertEquals([db.get(alice)?.library_rev, db.get(alice)?.library_digest], [6, libraryDigest(games)]);
  assertEquals(db.applyDelta(alice, next), "ignored");
  assertEquals(db.applyDelta(bob, next), "ignored");
});

Deno.test("a source is a ready, downloaded holder of exactly the version", () => {
  const db = dbOf(alice, bob, carol);
  db.setLibrary(alice, 1, [summary("game", { availability: "local_only", manifest_hash: null })]);
  db.setLibrary(bob, 1, [summary("game", { version: v("2.0") })]);
  db.setLibrary(carol, 1, [summary("game", { downloaded: false, installed: true })]);
  assertEquals(db.sources(game_id, v("1.0")), []);
  assertEquals(db.sources(game_id, v("2.0")).map(({ peer_id }) => peer_id), [bob]);
  assertEquals(db.readyHolders(game_id).map(({ peer }) => peer.peer_id), [bob]);
});

Deno.test("the newest version is that of the ready peers, by value and not by text", () => {
  const db = dbOf(alice, bob, carol);
  assertEquals(db.newestVersion(game_id), undefined);
  db.setLibrary(alice, 1, [summary("game", { version: v("1.9") })]);
  db.setLibrary(bob, 1, [summary("game", { version: v("1.10") })]);
  db.setLibrary(carol, 1, [summary("game", { version: v("3"), availability: "local_only" })]);
  assertEquals(db.newestVersion(game_id), v("1.10"));
});
