/**
 * A driver that gives commands and never reads what they answer.
 *
 * @module
 */

import { assertEquals, assertLess } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { MIB } from "../support/games.ts";
import { TempDir } from "../support/temp_dir.ts";
import { residentBytes } from "../bench/process_figures.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;

Deno.test("output that nobody reads is given up, and the peer lives on until its input ends", async () => {
  await using dir = await TempDir.make();
  await dir.mkdir("games");
  const folders = ["--game-dir", dir.join("games"), "--state-dir", dir.join("state")];
  const peer = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--unstable-net",
      MAIN,
      "peer",
      "--jsonl",
      ...folders,
      "--interface",
      "127.0.0.1",
      "--port",
      "0",
    ],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  let log = "";
  const logging = (async () => {
    for await (const text of peer.stderr.pipeThrough(new TextDecoderStream())) log += text;
  })();
  try {
    const input = peer.stdin.getWriter();
    const asking = new TextEncoder().encode('{"command":"status"}\n'.repeat(1_000));
    for (let n = 0; n < 30; n++) await within("commands to be read", input.write(asking));
    await until("the warning", () => log.includes("nobody reads the output"), 30_000);
    assertLess(residentBytes(peer.pid) ?? 0, 300 * MIB);
    await input.close();
    assertEquals((await within("the end", peer.status)).code, 0);
  } finally {
    try {
      peer.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await peer.status;
    await peer.stdout.cancel();
    await logging;
  }
});
