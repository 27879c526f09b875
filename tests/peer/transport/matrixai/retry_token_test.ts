import { newCid } from "../../../../src/peer/transport/matrixai/cid.ts";
import { RetryTokens } from "../../../../src/peer/transport/matrixai/retry_token.ts";
import { assertEquals } from "../../../support/assert.ts";

const FROM = "192.0.2.7 4711";
const NOW_MS = 1_000_000;

Deno.test("a token gives back the id it was minted with, to the same address and id", () => {
  const tokens = new RetryTokens();
  const [original_dcid, retry_cid] = [newCid(), newCid()];
  const token = tokens.mint({ from: FROM, original_dcid, retry_cid }, NOW_MS);
  assertEquals(tokens.open(token, { from: FROM, retry_cid }, NOW_MS + 9_999), original_dcid);
});

Deno.test("a token is worth nothing elsewhere, later, changed, or at another endpoint", () => {
  const tokens = new RetryTokens();
  const [original_dcid, retry_cid] = [newCid(), newCid()];
  const token = tokens.mint({ from: FROM, original_dcid, retry_cid }, NOW_MS);
  assertEquals(tokens.open(token, { from: "192.0.2.8 4711", retry_cid }, NOW_MS), undefined);
  assertEquals(tokens.open(token, { from: FROM, retry_cid: newCid() }, NOW_MS), undefined);
  assertEquals(tokens.open(token, { from: FROM, retry_cid }, NOW_MS + 10_001), undefined);
  assertEquals(tokens.open(token, { from: FROM, retry_cid }, NOW_MS - 1), undefined);
  assertEquals(new RetryTokens().open(token, { from: FROM, retry_cid }, NOW_MS), undefined);
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assertEquals(tokens.open(changed, { from: FROM, retry_cid }, NOW_MS), undefined, `byte ${at}`);
  }
  for (let length = 0; length < token.length; length++) {
    assertEquals(tokens.open(token.slice(0, length), { from: FROM, retry_cid }, NOW_MS), undefined);
  }
  assertEquals(tokens.open(new Uint8Array(2_000), { from: FROM, retry_cid }, NOW_MS), undefined);
});
