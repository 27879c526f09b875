/**
 * Where the log of a real peer goes.
 *
 * @module
 */

import { MIB } from "../support/games.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { leftOut } from "../support/print.ts";
import { Swarm } from "../support/swarm.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;
const RUN = [Deno.execPath(), "run", "-A", "--unstable-net", MAIN];
const NO_SHELL = {
  ignore: leftOut("a log in the journal", Deno.build.os === "windows" ? "Windows" : undefined),
};

/** Starts two peers, the first in this way, and gives what it logged until they met. */
async function logOfMeeting(swarm: Swarm, options: { program?: string[]; args?: string[] }): Promise<string> {
  const peer = await swarm.start("logger", options);
  const other = await swarm.start("other", { party: "another party", args: ["--interface", "127.0.0.1"] });
  // Another party: each try to connect is logged.
  await peer.event("peer-discovered", ({ peer_id }) => peer_id === other.peer_id);
  await other.stop();
  await peer.stop();
  return peer.log;
}

Deno.test(
  "where stderr is systemd's journal a line has the number of its level and no time",
  NO_SHELL,
  async () => {
    await using swarm = await Swarm.make();
    const log = swarm.dir.join("journal");
    const script = `exec 2>'${log}'; JOURNAL_STREAM=$(stat -c %d:%i '${log}') exec "$@"`;
    await logOfMeeting(swarm, { program: ["sh", "-c", script, "sh", ...RUN] });
    const lines = (await Deno.readTextFile(log)).trimEnd().split("\n");
    for (const line of lines) assert(/^<[3-7]>[^\d]/.test(line), line);
    assertStringIncludes(lines.join("\n"), "<7>lanspread");
  },
);

Deno.test("a journal that is somebody else's changes nothing", NO_SHELL, async () => {
  await using swarm = await Swarm.make();
  const log = await logOfMeeting(swarm, { program: ["env", "JOURNAL_STREAM=1:1", ...RUN] });
  assert(/^\d{4}-\d\d-\d\d /.test(log), log);
});

Deno.test("--log-file gets the log, behind what it held; a long one is put aside", async () => {
  await using swarm = await Swarm.make();
  const path = await swarm.dir.write("peer.log", "before\n");
  assertEquals(await logOfMeeting(swarm, { args: ["--log-file", path] }), "");
  const text = await Deno.readTextFile(path);
  assert(text.startsWith("before\n") && text.length > "before\n".length, text);
  await Deno.truncate(path, 11 * MIB);
  const again = await swarm.start("logger", { args: ["--log-file", path] });
  await again.stop();
  assertEquals((await Deno.stat(`${path}.1`)).size, 11 * MIB);
});

Deno.test("a log file that can't be opened ends the start with one line", async () => {
  await using swarm = await Swarm.make();
  const peer = swarm.spawn("logger", { args: ["--log-file", swarm.dir.join("missing/peer.log")] });
  assertEquals(await peer.exited(), 2);
  assertEquals(peer.log.trimEnd().split("\n").length, 1, peer.log);
  assertStringIncludes(peer.log, "--log-file");
  await peer.ready.catch(() => {});
});
