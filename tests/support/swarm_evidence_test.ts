import { assertEquals } from "./assert.ts";
import type { Line } from "./swarm.ts";
import { swarmEvidence } from "./swarm_evidence.ts";

function lines(...told: object[]): Line[] {
  return JSON.parse(JSON.stringify(told));
}

Deno.test("a swarm's evidence names bytes and chunks by source, meetings, ends and refusals", () => {
  const chunk = {
    event: "download-chunk-finished",
    game_id: "g",
    path: "a",
    offset: 0,
    length: 2 * 1024 * 1024,
  };
  const alice = lines({ event: "cli-started", peer_id: "1111" }, {
    event: "peer-connected",
    peer_id: "2222",
  });
  const bob = lines(
    { event: "cli-started", peer_id: "2222" },
    { event: "peer-connected", peer_id: "1111" },
    { ...chunk, peer_id: "1111" },
    { ...chunk, peer_id: "1111" },
    { ...chunk, peer_id: "99999999", length: 5 },
    { event: "download-finished", game_id: "g", bytes: 4 * 1024 * 1024 + 5, seconds: 1.5 },
    { event: "peer-lost", peer_id: "1111", reason: "timeout" },
    { event: "result", id: 1, command: "download", ok: false, error: { code: "busy", message: "m" } },
    { event: "install-finished", game_id: "g" },
  );
  assertEquals(swarmEvidence([{ name: "alice", lines: alice }, { name: "bob", lines: bob }]), {
    "peer processes": 2,
    "meetings": 2,
    "peers lost": "1 timeout",
    "downloads": "4 MiB in 1.50 s",
    "bob got": "4 MiB in 2 chunks from alice, 5 B in 1 chunk from played 9999",
    "events": "1 install-finished",
    "refused": "1 download busy",
  });
});

Deno.test("a swarm that did nothing has only its processes as evidence", () => {
  assertEquals(swarmEvidence([{ name: "alice", lines: [] }]), { "peer processes": 1 });
});
