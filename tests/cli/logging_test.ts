/**
 * Where the log of a real peer goes.
 *
 * @module
 */

import { MIB } from "../support/games.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { leftOut } from "../support/print.ts";
import { until } from "../support/deadline.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;
const RUN = [Deno.execPath(), "run", "-A", "--unstable-net", MAIN];
const NO_SHELL = {
  ignore: leftOut("a log in the journal", Deno.build.os === "windows" ? "Windows" : undefined),
};

/** Starts two peers, the first in this way, and gives what `read` finds in its log until they could not meet. */
async function logOfMeeting(
  swarm: Swarm,
  options: { program?: string[]; args?: string[] },
  read: (peer: PeerProcess) => string | Promise<string> = (peer) => peer.log,
): Promise<string> {
  const peer = await swarm.start("logger", options);
  const other = await swarm.start("other", { party: "another party", args: ["--interface", "127.0.0.1"] });
  // Another party: each try to connect is logged.
  await until("a logged try", async () => (await read(peer)).includes(other.addr));
  await other.stop();
  await peer.stop();
  return await read(peer);
}

Deno.test(
  "where stderr is systemd's journal a line has the number of its level and no time",
  NO_SHELL,
  async () => {
    await using swarm = await Swarm.make();
    const log = swarm.dir.join("journal");
    const script = `exec 2>'${log}'; JOURNAL_STREAM=$(stat -c %d:%i '${log}') exec "$@"`;
    const program = ["sh", "-c", script, "sh", ...RUN];
    const text = await logOfMeeting(swarm, { program }, () => Deno.readTextFile(log));
    const lines = text.trimEnd().split("\n");
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
  let on_stderr = "";
  const text = await logOfMeeting(swarm, { args: ["--log-file", path] }, (peer) => {
    on_stderr = peer.log;
    return Deno.readTextFile(path);
  });
  assert(text.startsWith("before\n"), text);
  assertEquals(on_stderr, "");
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
