import { TransferTally } from "../../src/peer/transfer_tally.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Control } from "../support/control.ts";
import { newPeerId } from "../support/parties.ts";

Deno.test("/metrics tells transfers by direction and peer, operations, revision, peers and memory", async () => {
  await using control = await Control.start();
  const peer_id = newPeerId();
  control.snapshot = {
    ...control.snapshot,
    status: { ...control.snapshot.status, peer_count: 2, library_rev: 7 },
    transferred: [{ peer_id, sent_bytes: 10, received_bytes: 20 }],
    held_ms: { up: 0, down: 1_500 },
    settings: { ...control.snapshot.settings, limit_down: 20_480 },
  };
  const { status, headers, body } = await control.request("GET", "/metrics");
  assertEquals(status, 200);
  assertStringIncludes(headers, "version=0.0.4");
  const expected = [
    `lanspread_transfer_bytes_total{direction="sent",peer="${peer_id}",name=""} 10\n`,
    `lanspread_transfer_bytes_total{direction="received",peer="${peer_id}",name=""} 20\n`,
    '\nlanspread_limit_bytes_per_second{direction="received"} 20480\n',
    'lanspread_limit_held_seconds_total{direction="sent"} 0\n',
    'lanspread_limit_held_seconds_total{direction="received"} 1.5\n',
    'lanspread_operations{operation="download"} 0\n',
    "lanspread_library_revision 7\n",
    "lanspread_peers 2\n",
  ];
  for (const line of expected) assertStringIncludes(body, line);
  assert(!body.includes('lanspread_limit_bytes_per_second{direction="sent"}'), "no limit, no figure");
  const lines = body.trimEnd().split("\n");
  const wrong = lines.filter((line) =>
    !/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? \d+(\.\d+)?)$/.test(line)
  );
  assertEquals(wrong, []);
  const [, memory] = /^process_resident_memory_bytes (\d+)$/m.exec(body) ?? [];
  assertEquals(Number(memory) > 1e6, true);
});

Deno.test("the tally counts each peer alone, and those beyond a thousand together", () => {
  const tally = new TransferTally();
  const [first, ...others] = Array.from({ length: 1_500 }, () => newPeerId());
  for (const peer_id of [first, ...others]) if (peer_id) tally.sent(peer_id, 1);
  if (first) tally.received(first, 5);
  const list = tally.list();
  assertEquals(list.find(({ peer_id }) => peer_id === first), {
    peer_id: first,
    sent_bytes: 1,
    received_bytes: 5,
  });
  assertEquals(list.find(({ peer_id }) => peer_id === undefined)?.sent_bytes, 500);
  assertEquals(list.length, 1_001);
});
