/**
 * `--open` where the system's program for it fails, hangs, or is not there.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { Swarm } from "../support/swarm.ts";
import { WebPeer } from "../support/web_peer.ts";

const linux_only = { ignore: Deno.build.os !== "linux" };

/** A folder with an `xdg-open` that runs `script`. */
async function opener(swarm: Swarm, script: string): Promise<string> {
  const path = await swarm.dir.write("bin/xdg-open", `#!/bin/sh\n${script}\n`);
  await Deno.chmod(path, 0o755);
  return swarm.dir.join("bin");
}

Deno.test("a browser that could not be opened is told, with the address to open", linux_only, async () => {
  await using swarm = await Swarm.make();
  for (const PATH of [await opener(swarm, "exit 3"), await swarm.dir.mkdir("empty")]) {
    await using peer = await WebPeer.start(swarm, "alice", { args: ["--open"], env: { PATH } });
    const told = await until("the reason", () => /^.*no browser could be opened.*$/m.exec(peer.output)?.[0]);
    assertStringIncludes(told, PATH.endsWith("bin") ? "xdg-open ended with exit code 3" : "xdg-open");
    assertStringIncludes(told, `open ${peer.url.replace(/\/$/, "")} yourself`);
    assertEquals(await peer.stop(), 0);
  }
});

Deno.test(
  "a browser that stays open keeps lanspread from nothing, and is not ended with it",
  linux_only,
  async () => {
    await using swarm = await Swarm.make();
    const shown = swarm.dir.join("shown");
    // Ends by itself when the test is over, whatever happens.
    const script = `echo $$ "$1" > ${shown}.new; /bin/mv ${shown}.new ${shown}; exec /bin/sleep 60`;
    const PATH = await opener(swarm, script);
    await using peer = await WebPeer.start(swarm, "alice", { args: ["--open"], env: { PATH } });
    const text = await until("the browser", () => Deno.readTextFile(shown).catch(() => undefined));
    const [pid = "", address = ""] = text.trim().split(" ");
    try {
      assertEquals(`${address}/`, peer.url);
      assertEquals(await peer.stop(), 0);
      assertStringIncludes(await Deno.readTextFile(`/proc/${pid}/cmdline`), "sleep");
      assertEquals(peer.output.includes("no browser"), false);
    } finally {
      Deno.kill(Number(pid), "SIGKILL");
    }
  },
);
