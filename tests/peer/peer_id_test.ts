import { LanspreadError } from "../../src/base/errors.ts";
import { loadPeerId } from "../../src/peer/peer_id.ts";
import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("loadPeerId() makes an identity once and keeps it", async () => {
  await using dir = await TempDir.make();
  const state_dir = dir.join("deep/state");
  const first = await loadPeerId(state_dir);
  assertEquals(await loadPeerId(state_dir), first);
  assertEquals(JSON.parse(await Deno.readTextFile(dir.join("deep/state/peer.json"))), { peer_id: first });
  assertNotEquals(await loadPeerId(dir.join("other")), first);
});

const DAMAGED = [
  "",
  "{",
  "null",
  "{}",
  '{"peer_id":"me"}',
  '{"peer_id":"ABCDEF00-0000-4000-8000-000000000000"}',
];
for (const text of DAMAGED) {
  Deno.test(`a peer.json that holds ${JSON.stringify(text)} is an error and stays as it is`, async () => {
    await using dir = await TempDir.make();
    const path = await dir.write("peer.json", text);
    const error = await assertRejects(() => loadPeerId(dir.path), LanspreadError);
    assertEquals(error.code, "io");
    assertStringIncludes(error.message, path);
    assertEquals(await Deno.readTextFile(path), text);
  });
}

Deno.test("a state directory that can't be used is one clear error", async () => {
  await using dir = await TempDir.make();
  const file = await dir.write("file", "x");
  const error = await assertRejects(() => loadPeerId(`${file}/state`), LanspreadError);
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, file);
});
