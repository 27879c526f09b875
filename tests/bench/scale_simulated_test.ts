import { assert, assertEquals } from "../support/assert.ts";
import { simulateScale } from "./scale_simulated.ts";

Deno.test("one change costs the changed peer one request for each other peer, and each of these one", async () => {
  const { sent_messages, received_messages, changed_bytes, other_bytes } = await simulateScale(6);
  assertEquals([sent_messages, received_messages], [5, 1]);
  // Every byte is counted at both ends, and nobody but the two of each push sends or gets any.
  assertEquals(changed_bytes, 5 * other_bytes);
  assert(other_bytes > 0);
});

Deno.test("until all know all each pair shakes hands once and asks once in each direction", async () => {
  const n = 6;
  const { meeting_messages, meeting_bytes } = await simulateScale(n);
  const pairs = n * (n - 1) / 2;
  assertEquals(meeting_messages, 3 * pairs / n);
  assert(meeting_bytes > 0);
});
