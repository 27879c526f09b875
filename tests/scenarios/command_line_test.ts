/**
 * The command line as people and programs use it: a running `lanspread`, commands beside it, and a real terminal.
 *
 * @module
 */

import { Games } from "../../src/web/answer_schemas.ts";
import { readControl } from "../../src/web/control_file.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { makeArchiveGame, MIB } from "../support/games.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const GAME = "1942";
const ESCAPE = String.fromCharCode(27);
const no_script = Deno.build.os === "linux" ? undefined : "the program script differs here";

/** Runs a command beside the peer of `state_dir`. */
async function cli(state_dir: string, ...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", MAIN, ...args],
    env: { LANSPREAD_STATE_DIR: state_dir },
  });
  const { code, stdout, stderr } = await within(args.join(" "), command.output(), 40_000);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** A running `lanspread` that sees the game of another peer. */
async function withPeer(limit: string, run: (state_dir: string) => Promise<void>): Promise<void> {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), GAME, { version: "1.0", content: { "a.dat": 20 * MIB } });
  await swarm.start("alice");
  const state_dir = swarm.stateDir("bob");
  const folders = ["--game-dir", swarm.gameDir("bob"), "--state-dir", state_dir, "--name", "bob"];
  const flags = ["--interface", "127.0.0.1", "--party", swarm.party, "--port", "0", "--http-port", "0"];
  const bob = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", MAIN, ...folders, ...flags, "--limit-down", limit],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  try {
    await until("control.json", () => readControl(state_dir));
    await until("the game", async () => (await cli(state_dir, "ls")).out.includes(GAME));
    await run(state_dir);
    bob.kill("SIGTERM");
    assertEquals((await within("the end", bob.status)).code, 0);
    assertEquals(await readControl(state_dir), undefined);
  } finally {
    try {
      bob.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await bob.status;
  }
}

Deno.test("commands beside a running peer: plain when piped, JSON on demand, exit codes that tell", async () => {
  await withPeer("off", async (state_dir) => {
    const got = await cli(state_dir, "get", GAME);
    assertEquals([got.code, got.err], [0, ""]);
    assertStringIncludes(got.out, "100%");
    assertStringIncludes(got.out, "is installed");
    assert(!got.out.includes(ESCAPE), "no escape code when piped");
    const { games } = Games.parse(JSON.parse((await cli(state_dir, "ls", "--json")).out));
    assertEquals(games.map(({ id, installed }) => [id, installed]), [[GAME, true]]);
    const again = await cli(state_dir, "get", GAME, "--json");
    assertEquals([again.code, JSON.parse(again.out).error.code], [1, "already_downloaded"]);
    assertEquals((await cli(state_dir, "uninstall", GAME)).code, 0);
    assertEquals((await cli(state_dir, "rm", GAME)).code, 0);
  });
});

Deno.test("on a terminal get draws a bar, and Ctrl-C asks before it cancels", {
  ignore: leftOut("a real terminal", no_script),
}, async () => {
  await withPeer("2M", async (state_dir) => {
    const line = `stty cols 60; ${Deno.execPath()} run -A --unstable-net ${MAIN} get ${GAME}`;
    const terminal = new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      env: { LANSPREAD_STATE_DIR: state_dir, TERM: "xterm" },
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    let text = "";
    const reading = (async () => {
      for await (const part of terminal.stdout.pipeThrough(new TextDecoderStream())) text += part;
    })();
    const keys = terminal.stdin.getWriter();
    try {
      await until("a bar", () => text.includes("█"));
      await keys.write(new Uint8Array([3]));
      await until("the question", () => text.includes("[c]ancel"));
      await keys.write(new TextEncoder().encode("c"));
      assertEquals((await within("the end", terminal.status)).code, 1);
      await reading;
      assertStringIncludes(text, "was cancelled");
    } finally {
      try {
        terminal.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await keys.close().catch(() => {});
      await reading;
    }
  });
});
