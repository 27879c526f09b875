/**
 * Launching an installed game by a real peer: setup once, then the game, the server in a window of its own. What was
 * started outlives the peer and holds nothing of it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeArchiveGame } from "../support/games.ts";
import { leftOut } from "../support/print.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const ignore = leftOut(
  "launching by a peer",
  Deno.build.os === "windows" ? "the scripts of these tests are for a Unix shell" : undefined,
);
const game_id = "alienswarm";

const SETUP = "echo on > on; while [ ! -e go ]; do sleep 0.02; done; echo x >> setups";
/** Writes its id, is silent on nothing, and runs until it is told to stop. */
const GAME = "echo noise; echo noise >&2; echo $$ > pid; cat > input; echo > input_over; " +
  "while [ ! -e stop ]; do sleep 0.02; done; echo over > over";

async function startInstalled(swarm: Swarm, content: Record<string, string>): Promise<[PeerProcess, string]> {
  const root = await makeArchiveGame(swarm.gameDir("alice"), game_id, { version: "1.0", content });
  const alice = await swarm.start("alice");
  await alice.ok("install", { game_id });
  await alice.event("install-finished");
  return [alice, `${root}/local`];
}

function written(path: string): Promise<string> {
  return until(`${path} is written`, async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    return text.endsWith("\n") ? text.trim() : undefined;
  });
}

Deno.test({
  name:
    "launch: nothing changes the install while its setup runs; the game outlives the peer and holds nothing of it",
  ignore,
  fn: async () => {
    await using swarm = await Swarm.make();
    const [alice, local] = await startInstalled(swarm, { "game_setup.sh": SETUP, "game_start.sh": GAME });
    const launching = alice.command("launch", { game_id });
    await written(`${local}/on`);
    for (const command of ["launch", "uninstall", "update"]) {
      const refused = await alice.command(command, { game_id });
      assertEquals(refused.error?.code, "operation_active", command);
      assertStringIncludes(refused.error?.message ?? "", "launch is still running");
    }
    // A launch is no operation: the game is served and shown as before.
    assertEquals((await alice.ok("status")).operations, []);
    await Deno.writeTextFile(`${local}/go`, "");
    const launched = await launching;
    assertEquals([launched.ok, launched.data], [true, { setup: true, started: "game_start.sh" }]);
    const pid = await written(`${local}/pid`);
    await Deno.remove(`${local}/pid`);
    const again = await alice.ok("launch", { game_id });
    assertEquals(again, { setup: false, started: "game_start.sh" });
    const second_pid = await written(`${local}/pid`);
    assert(pid !== second_pid);
    assertEquals(await Deno.readTextFile(`${local}/setups`), "x\n");
    // It reads nothing, though the peer's own input is open.
    await written(`${local}/input_over`);
    assertEquals(await Deno.readTextFile(`${local}/input`), "");

    // The peer ends at once: its output closes though both games run on, and its state folder is free.
    assertEquals(await alice.stop(), 0);
    for (const running of [pid, second_pid]) Deno.kill(Number(running), "SIGCONT");
    const next = await swarm.start("alice");
    await next.ok("status");
    await Deno.writeTextFile(`${local}/stop`, "");
    await written(`${local}/over`);
    await until("both have ended", () => [pid, second_pid].every((id) => !isRunning(Number(id))));
  },
});

function isRunning(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name:
    "launch: the wait for a setup that never ends can be cancelled; it does not count, and the game is free",
  ignore,
  fn: async () => {
    await using swarm = await Swarm.make();
    // It ends by a file only, not by a signal, and says more than any pipe holds.
    const setup = "trap '' TERM INT HUP; echo $$ > pid; head -c 4000000 /dev/zero; echo loud > loud; " +
      "while [ ! -e go ]; do sleep 0.02; done";
    const [alice, local] = await startInstalled(swarm, {
      "game_setup.sh": setup,
      "game_start.sh": "echo x > game",
    });
    const launching = alice.command("launch", { game_id });
    await written(`${local}/loud`);
    const pid = Number(await written(`${local}/pid`));
    const refused = await alice.command("uninstall", { game_id });
    assertStringIncludes(refused.error?.message ?? "", "wait for it or cancel it");
    await alice.ok("cancel-download", { game_id });
    assertEquals((await launching).error?.code, "cancelled");
    assert(isRunning(pid), "what runs already is not lanspread's to end");
    await Deno.writeTextFile(`${local}/go`, "");
    await until("the setup has ended", () => !isRunning(pid));
    assertEquals(await alice.ok("launch", { game_id }), { setup: true, started: "game_start.sh" });
    await written(`${local}/game`);
    assertEquals((await alice.command("cancel-download", { game_id })).error?.code, "invalid_request");
    await alice.ok("uninstall", { game_id });
    await alice.event("uninstall-finished");
  },
});

Deno.test({
  name: "launch: a new install and an update need their setup again; what is not installed is refused",
  ignore,
  fn: async () => {
    await using swarm = await Swarm.make();
    const scripts = { "game_setup.sh": "echo x > setup", "game_start.sh": "echo x > game" };
    const [alice, local] = await startInstalled(swarm, scripts);
    const launchedWithSetup = async () => {
      const { setup } = await alice.ok("launch", { game_id });
      await written(`${local}/game`);
      await Deno.remove(`${local}/game`);
      return setup;
    };
    assertEquals([await launchedWithSetup(), await launchedWithSetup()], [true, false]);
    const before_update = alice.lines.length;
    await alice.ok("update", { game_id });
    await alice.event("install-finished", () => true, { from: before_update });
    assertEquals([await launchedWithSetup(), await launchedWithSetup()], [true, false]);
    await alice.ok("uninstall", { game_id });
    await alice.event("uninstall-finished");
    const refused = await alice.command("launch", { game_id });
    assertEquals(refused.error?.code, "not_installed");
    const from = alice.lines.length;
    await alice.ok("install", { game_id });
    await alice.event("install-finished", () => true, { from });
    assertEquals(await launchedWithSetup(), true);
    assertEquals((await alice.command("launch", { game_id, what: "all" })).error?.code, "invalid_request");
    assertEquals((await alice.command("launch", { game_id: "nobody" })).error?.code, "not_installed");
    const no_server = await alice.command("launch", { game_id, what: "server" });
    assertStringIncludes(no_server.error?.message ?? "", "it has no server_start.sh");
  },
});

Deno.test({
  name:
    "launch: a server gets a window that stays open, and without a desktop or a terminal there is a way out",
  ignore: ignore || leftOut(
    "a server's window",
    Deno.build.os === "linux" ? undefined : "only Linux finds its terminal in PATH",
  ),
  fn: async () => {
    await using swarm = await Swarm.make();
    const content = { "server_start.sh": "pwd > folder; exit 7" };
    await makeArchiveGame(swarm.gameDir("alice"), game_id, { version: "1.0", content });
    const bin = await swarm.dir.mkdir("bin");
    const terminal =
      `#!/bin/sh\n[ "$1" = -e ] && shift\ncd /\n"$@" > ${bin}/window < /dev/null\necho $? > ${bin}/closed\n`;
    // A terminal of this name comes first; the shell that keeps the window open ends with its input.
    await Deno.writeTextFile(`${bin}/x-terminal-emulator`, terminal, { mode: 0o755 });
    const local = `${swarm.gameDir("alice")}/${game_id}/local`;
    const startWith = (env: Record<string, string>) =>
      swarm.start("alice", { env: { WAYLAND_DISPLAY: "", ...env } });

    let alice = await startWith({ DISPLAY: ":7", PATH: `${bin}:/usr/bin:/bin`, SHELL: "/bin/sh" });
    await alice.ok("install", { game_id });
    await alice.event("install-finished");
    assertEquals(await alice.ok("launch", { game_id, what: "server" }), {
      setup: false,
      started: "server_start.sh",
    });
    await written(`${bin}/closed`);
    assertEquals(await written(`${local}/folder`), local);
    assertStringIncludes(
      await Deno.readTextFile(`${bin}/window`),
      "ended with code 7. This window stays open.",
    );
    await alice.stop();

    for (
      const [env, advice] of [[{ DISPLAY: "" }, "no desktop"], [
        { DISPLAY: ":7", PATH: "/nowhere" },
        "install xterm",
      ]] as const
    ) {
      alice = await startWith(env);
      const refused = await alice.command("launch", { game_id, what: "server" });
      assertEquals(refused.error?.code, "launch_failed");
      assertStringIncludes(refused.error?.message ?? "", advice);
      assertStringIncludes(refused.error?.message ?? "", `cd '${local}' && sh ./server_start.sh`);
      await alice.stop();
    }
  },
});
