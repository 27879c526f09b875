import { Follower, type Step } from "../../src/cli/follower.ts";
import { readEventBlocks } from "../../src/cli/event_blocks.ts";
import type { OperationKind } from "../../src/peer/events.ts";
import { GameId } from "../../src/proto/ids.ts";
import type { Snapshot, Told } from "../../src/web/answer_schemas.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";
import { EMPTY_STATE } from "../support/states.ts";

const game_id = GameId.parse("alienswarm");
const other = GameId.parse("bomberman");

const running = (...operations: [GameId, OperationKind][]): Told => ({
  event: "active-operations-changed",
  operations: operations.map(([game_id, operation]) => ({ game_id, operation })),
});
const finished: Told = { event: "download-finished", game_id, bytes: 10e6, seconds: 2, verified: true };
const begin: Told = { event: "install-begin", game_id, operation: "install" };
const installed: Told = { event: "install-finished", game_id };

function snapshot(
  operations: OperationKind[],
  here: { downloaded?: boolean; installed?: boolean },
): Snapshot {
  const game = {
    id: game_id,
    name: "Alien Swarm",
    size: 1,
    version: null,
    local_version: null,
    downloaded_version: null,
    downloaded: false,
    installed: false,
    availability: "unavailable" as const,
    peer_count: 0,
    operation: null,
    ...here,
  };
  const status = {
    peer_id: newPeerId(),
    listen_addr: "127.0.0.1:1" as never,
    library_rev: 1,
    quic: "deno",
    peer_count: 0,
    operations: operations.map((operation) => ({ game_id, operation })),
  };
  return { ...EMPTY_STATE, status, games: [game] };
}

/** What a follower makes of events, one a second. */
function follow(kind: OperationKind, told: readonly Told[]): Step[] {
  const follower = new Follower("alienswarm", kind);
  return told.map((event, second) => follower.hear(event, second * 1_000));
}

const ends = (steps: Step[]) => steps.map(({ end }) => end?.ok);

Deno.test("a download without an install ends when it is finished", () => {
  const steps = follow("download", [running([game_id, "download"]), running(), finished]);
  assertEquals(ends(steps), [undefined, undefined, true]);
  assertStringIncludes(steps[2]?.line ?? "", "5.0 MB/s");
});

Deno.test("a download that becomes an install ends with the install", () => {
  const told = [running([game_id, "install"]), finished, begin, running(), installed];
  assertEquals(ends(follow("download", told)), [undefined, undefined, undefined, undefined, true]);
});

Deno.test("a listener that missed how the operation changed still finds its end", () => {
  const stale = running([game_id, "download"]);
  assertEquals(ends(follow("download", [stale, finished, running([other, "download"])])), [
    undefined,
    undefined,
    true,
  ]);
  const told = [stale, finished, begin, running(), installed];
  assertEquals(ends(follow("download", told)), [undefined, undefined, undefined, undefined, true]);
});

const FAILED: Told[] = [
  { event: "download-failed", game_id, code: "disk_full", message: "the disk is full" },
  { event: "install-failed", game_id, code: "archive_damaged", message: "the archive is damaged" },
  { event: "download-cancelled", game_id },
  { event: "download-peers-gone", game_id },
];
for (const event of FAILED) {
  Deno.test(`${event.event} is a failed end with a reason`, () => {
    const [step] = follow("download", [event]);
    assertEquals(step?.end?.ok, false);
    assertEquals((step?.end?.message ?? "").length > 10, true);
  });
}

Deno.test("what happens to other games is no matter", () => {
  const events: Told[] = [{ ...finished, game_id: other }, {
    event: "install-failed",
    game_id: other,
    code: "io",
    message: "",
  }];
  assertEquals(follow("download", events), [{}, {}]);
});

Deno.test("an install's speed and time left are reckoned from its begin", () => {
  const [, , step] = follow("install", [
    running([game_id, "install"]),
    begin,
    { event: "install-progress", game_id, done_bytes: 100, total_bytes: 400 },
  ]);
  const figures = { label: "alienswarm", done_bytes: 100, total_bytes: 400, bytes_per_s: 100, eta_s: 3 };
  assertEquals(step?.figures, figures);
});

const AFTER_GAP: [kind: OperationKind, here: Parameters<typeof snapshot>[1], ok: boolean][] = [
  ["download", { downloaded: true }, true],
  ["download", {}, false],
  ["install", { installed: true }, true],
  ["install", { downloaded: true }, false],
  ["uninstall", { downloaded: true }, true],
  ["uninstall", { installed: true }, false],
  ["remove", {}, true],
  ["remove", { downloaded: true }, false],
];
for (const [kind, here, ok] of AFTER_GAP) {
  const state = Object.keys(here).join(" and ") || "not here";
  Deno.test(`a ${kind} whose end was missed ${ok ? "is done" : "failed"} where the game is ${state}`, () => {
    assertEquals(ends(follow(kind, [snapshot([], {}), snapshot([], here)])), [undefined, ok]);
  });
}

Deno.test("a second snapshot while the operation runs is no end", () => {
  assertEquals(ends(follow("download", [snapshot([], {}), snapshot(["download"], {})])), [
    undefined,
    undefined,
  ]);
});

Deno.test("server-sent events are read across every break between two chunks", async () => {
  const text =
    'retry: 1000\n\nid: 7\nevent: x\ndata: {"a":"ü"}\n\nid: 8\nevent: x\ndata: {}\n\nid: 9\nevent: x\ndata: {';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += size) {
        yield await Promise.resolve(bytes.subarray(at, at + size));
      }
    };
    const blocks = await Array.fromAsync(readEventBlocks(chunks()));
    assertEquals(blocks, [{ id: "7", data: '{"a":"ü"}' }, { id: "8", data: "{}" }]);
  }
});
