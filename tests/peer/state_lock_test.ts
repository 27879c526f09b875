import { LanspreadError } from "../../src/base/errors.ts";
import { lockStateDir } from "../../src/peer/state_lock.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { Swarm } from "../support/swarm.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("a state directory belongs to one peer at a time, and is free when that one is over", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("state");
  {
    using _ = await lockStateDir(path);
    const error = await assertRejects(() => lockStateDir(path), LanspreadError, path);
    assertEquals(error.code, "already_running");
  }
  using _ = await lockStateDir(path);
});

Deno.test("a second process with the same state directory ends in one line, and a killed one leaves no lock", async () => {
  await using swarm = await Swarm.make();
  const first = await swarm.start("alice");
  const second = swarm.spawn("alice");
  assertEquals(await second.exited(), 2);
  assertStringIncludes(second.log, "runs already");
  await first.kill();
  await swarm.start("alice");
});
