/**
 * The command line as programs use it: a running `lanspread`, and commands beside it.
 *
 * @module
 */

import { type Finding, Report } from "../../src/cli/doctor/finding.ts";
import { Games } from "../../src/web/answer_schemas.ts";
import { readControl } from "../../src/web/control_file.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeArchiveGame, MIB } from "../support/games.ts";
import { no_reader, readElsewhere } from "../support/json_reader.ts";
import { Lanspread, runCli } from "../support/lanspread.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";

const GAME = "1942";
const LOOPBACK = ["--interface", "127.0.0.1"];
const ESCAPE = String.fromCharCode(27);

Deno.test("commands beside a running peer: plain when piped, JSON on demand, exit codes that tell", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), GAME, { version: "1.0", content: { "a.dat": 20 * MIB } });
  await swarm.start("alice");
  await using bob = await Lanspread.start(swarm, "bob");
  await until("the game", async () => (await bob.cli("ls")).out.includes(GAME), 60_000);
  const got = await bob.cli("get", GAME);
  assertEquals([got.code, got.err], [0, ""]);
  assertStringIncludes(got.out, "100%");
  assertStringIncludes(got.out, "is installed");
  assert(!got.out.includes(ESCAPE), "no escape code when piped");
  const doctor = await bob.cli("doctor", "--json", "--interface", "127.0.0.1");
  const { ok, findings } = Report.parse(JSON.parse(doctor.out));
  assertEquals(doctor.code, ok ? 0 : 1);
  assertStringIncludes(whatOf(findings, "engine"), "the QUIC engine deno runs");
  // Other parties may be heard on this machine, too.
  assert(findings.find(({ id }) => id === "others")?.verdict !== "bad", "alice is connected");
  const { games } = Games.parse(JSON.parse((await bob.cli("ls", "--json")).out));
  assertEquals(games.map(({ id, installed }) => [id, installed]), [[GAME, true]]);
  const again = await bob.cli("get", GAME, "--json");
  assertEquals([again.code, JSON.parse(again.out).error.code], [1, "already_downloaded"]);
  assertEquals((await bob.cli("uninstall", GAME)).code, 0);
  assertEquals((await bob.cli("rm", GAME)).code, 0);
  assertEquals(await bob.stop(), 0);
  assertEquals(await readControl(bob.state_dir), undefined);
});

Deno.test("what --json prints is read by another program", {
  ignore: leftOut("reading JSON elsewhere", no_reader),
}, async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("bob"), GAME, { version: "1.0", content: { "a.dat": MIB } });
  await using bob = await Lanspread.start(swarm, "bob");
  const asked = [["ls"], ["peers"], ["status"], ["install", GAME], ["get", "no-such-game"], ["doctor"]];
  const unknown = await bob.cli("update", "no-such-game");
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.err, "Cannot update no-such-game: it is not installed; get it first");
  for (const args of asked) {
    const { out, err } = await bob.cli(...args, "--json", ...args[0] === "doctor" ? LOOPBACK : []);
    assertEquals([args, err], [args, ""]);
    const lines = out.trimEnd().split("\n").map((line): unknown => JSON.parse(line));
    assertEquals(await readElsewhere(out), lines);
  }
});

Deno.test("doctor works without a running peer, and makes nothing", async () => {
  await using swarm = await Swarm.make();
  const folders = ["--game-dir", swarm.gameDir("bob"), "--state-dir", swarm.stateDir("bob")];
  const log = ["--log", "debug", "--log-file", swarm.dir.join("log")];
  const { code, out } = await runCli(["doctor", ...folders, ...log, ...LOOPBACK]);
  assertEquals(out.includes("✗"), code === 1);
  assertStringIncludes(out, "lanspread does not run here now");
  assertStringIncludes(out, "the QUIC engine deno would run");
  assert(!out.includes(ESCAPE), "no colour when piped");
  assertEquals(await Deno.stat(swarm.stateDir("bob")).catch(() => "nothing"), "nothing");
  assertEquals(await Deno.stat(swarm.dir.join("log")).catch(() => "nothing"), "nothing");
  const wrong = await runCli(["doctor", "--frob"]);
  assertEquals([wrong.code, wrong.out], [2, ""]);
});

function whatOf(findings: readonly Finding[], id: Finding["id"]): string {
  return findings.find((finding) => finding.id === id)?.what ?? "";
}
