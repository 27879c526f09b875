import type { PeerEvent } from "../../src/peer/events.ts";
import { GameId, PeerId } from "../../src/proto/ids.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { Snapshot } from "../../src/web/answer_schemas.ts";
import { Chronicle } from "../../src/web/chronicle.ts";
import { assertEquals } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";
import { EMPTY_STATE } from "../support/states.ts";

const game_id = GameId.parse("alienswarm");
const [a, b] = [newPeerId(), newPeerId()];
const begin: PeerEvent = {
  event: "download-begin",
  game_id,
  total_bytes: 100,
  file_count: 2,
  resumed_bytes: 10,
  sources: [a, b],
};
const chunk = (peer_id: PeerId, length: number): PeerEvent => ({
  event: "download-chunk-finished",
  game_id,
  peer_id,
  path: ManifestPath.parse("a.eti"),
  offset: 0,
  length,
  seconds: 1,
});
const running = (operation: "download" | "install"): PeerEvent => ({
  event: "active-operations-changed",
  operations: [{ game_id, operation }],
});

function heard(...events: PeerEvent[]): Chronicle {
  const chronicle = new Chronicle();
  for (const [at, event] of events.entries()) chronicle.hear(event, at);
  return chronicle;
}

Deno.test("whoever comes in the middle of a download hears how far it is and who sent what", () => {
  const figures = { done_bytes: 60, total_bytes: 100, bytes_per_s: 7, active_peers: 2, eta_s: 6 };
  const progress: PeerEvent = { event: "download-progress", game_id, ...figures };
  const chronicle = heard(running("download"), begin, chunk(a, 20), chunk(b, 20), chunk(a, 10), progress);
  const shares = [{ peer_id: a, bytes: 30 }, { peer_id: b, bytes: 20 }];
  assertEquals(chronicle.progress, [{ game_id, phase: "download", ...figures, shares }]);
  Snapshot.parse({ ...EMPTY_STATE, progress: chronicle.progress });
});

Deno.test("an install that follows a download begins at nothing", () => {
  const chronicle = heard(
    begin,
    chunk(a, 90),
    running("install"),
    { event: "install-begin", game_id, operation: "install" },
    { event: "install-progress", game_id, done_bytes: 5, total_bytes: 50 },
  );
  const [progress] = chronicle.progress;
  assertEquals([progress?.phase, progress?.done_bytes, progress?.total_bytes, progress?.shares], [
    "install",
    5,
    50,
    [],
  ]);
});

Deno.test("what is over is no progress any more, but is told again", () => {
  const failed: PeerEvent = { event: "download-failed", game_id, code: "disk_full", message: "no room" };
  const chronicle = heard(
    begin,
    { event: "active-operations-changed", operations: [] },
    failed,
    { event: "peer-count", count: 1 },
  );
  assertEquals(chronicle.progress, []);
  assertEquals(chronicle.recent, [{ at_ms: 2, event: failed, count: 1 }]);
});

Deno.test("of what ended only the newest hundred are kept", () => {
  const ends = Array.from({ length: 150 }, (): PeerEvent => ({ event: "install-finished", game_id }));
  const chronicle = heard(...ends);
  assertEquals([chronicle.recent.length, chronicle.recent[0]?.at_ms], [100, 50]);
});

Deno.test("thousands of damaged pieces are one line with their count, and crowd nothing out", () => {
  const corrupt = (game_id: GameId, offset: number): PeerEvent => ({
    ...{ event: "download-chunk-corrupt", game_id, peer_id: a },
    ...{ path: ManifestPath.parse("a.eti"), offset },
  });
  const other = GameId.parse("other");
  const end = (game_id: GameId): PeerEvent => ({ event: "install-finished", game_id });
  const chronicle = heard(
    end(other),
    ...Array.from({ length: 2_000 }, (_, at) => corrupt(at % 2 === 0 ? game_id : other, at)),
    end(game_id),
    corrupt(game_id, 7),
  );
  assertEquals(chronicle.recent.map(({ at_ms, event, count }) => [at_ms, event.event, count]), [
    [0, "install-finished", 1],
    [1_999, "download-chunk-corrupt", 1_000],
    [2_000, "download-chunk-corrupt", 1_000],
    [2_001, "install-finished", 1],
    [2_002, "download-chunk-corrupt", 1],
  ]);
  Snapshot.parse({ ...EMPTY_STATE, recent: [...chronicle.recent] });
});
