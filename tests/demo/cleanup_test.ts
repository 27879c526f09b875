import { aborted } from "../../src/base/abort.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { Swarm } from "../support/swarm.ts";
import { Interrupt, isAlive, leaveNothing } from "./cleanup.ts";

Deno.test("leaveNothing() removes the folder and names every process that is still there", async () => {
  const swarm = await Swarm.make();
  const { path } = swarm.dir;
  await swarm.dir.write("alice/games/x", "x");
  await assertRejects(
    () => leaveNothing(swarm, [{ name: "alice", pid: Deno.pid }]),
    Error,
    `still running: alice (process ${Deno.pid})`,
  );
  await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
  await leaveNothing(swarm, []);
});

Deno.test("isAlive() tells a process that runs from one that has ended", async () => {
  assert(isAlive(Deno.pid));
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", ""] }).spawn();
  await child.status;
  assertEquals(isAlive(child.pid), false);
});

Deno.test("a failure that nobody waited for ends the demo as a failure, not as a signal", async () => {
  using interrupt = new Interrupt();
  Promise.reject(new Error("lost"));
  await within("the abort", aborted(interrupt.signal));
  assertEquals([interrupt.signal.reason.message, interrupt.exit_code], ["lost", undefined]);
});
