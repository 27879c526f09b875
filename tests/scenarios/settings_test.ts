/**
 * What is set is changed while the peer runs: from the command line, heard by the others, and kept for the next start.
 *
 * @module
 */

import { createDnsSd } from "../../src/peer/discovery/dns_sd.ts";
import type { SeenPeer } from "../../src/peer/discovery/port.ts";
import { PROTOCOL_VERSION } from "../../src/proto/limits.ts";
import { Settings } from "../../src/web/answer_schemas.ts";
import { readControl } from "../../src/web/control_file.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeGame, MIB } from "../support/games.ts";
import { Lanspread } from "../support/lanspread.ts";
import { newPeerId } from "../support/parties.ts";
import { Swarm } from "../support/swarm.ts";

const GAME = "alienswarm";

/** For how many seconds the limit has held back what is received. */
async function heldSeconds(peer: Lanspread): Promise<number> {
  const control = await readControl(peer.state_dir);
  const text = await (await fetch(`http://${control?.address}/metrics`)).text();
  return Number(/^lanspread_limit_held_seconds_total\{direction="received"\} (.+)$/m.exec(text)?.[1]);
}

/** Hears what a name discovery tells of the peer. */
async function nameInDiscovery(peer_id: string, name: string): Promise<void> {
  const stop = new AbortController();
  const own = {
    peer_id: newPeerId(),
    name: "listener",
    library_rev: 0,
    port: 1,
    proto_ver: PROTOCOL_VERSION,
  };
  const discovery = createDnsSd({ announcement: own, named_interfaces: ["127.0.0.1"] });
  const names: string[] = [];
  const onSeen = (peer: SeenPeer) => void (peer.peer_id === peer_id && names.push(peer.name));
  const running = discovery.run({ onSeen, onGone: () => {}, onProblem: () => {} }, stop.signal);
  try {
    await until("the new name in discovery", () => names.at(-1) === name || undefined);
  } finally {
    stop.abort();
    await running;
  }
}

Deno.test("another name is heard by everybody at once, over the connections that are there", async () => {
  await using swarm = await Swarm.make();
  const alice = await swarm.start("alice");
  await using bob = await Lanspread.start(swarm, "bob");
  const { peer_id } = await bob.status();
  await alice.event("peer-connected", (event) => event.peer_id === peer_id && event.name === "bob");
  const changed = await bob.cli("settings", "--name", "den", "--json");
  assertEquals([changed.code, changed.err], [0, ""]);
  assertEquals(Settings.parse(JSON.parse(changed.out)).name, "den");
  await alice.event("peer-changed", (event) => event.peer_id === peer_id && event.name === "den");
  assertEquals(alice.eventsOf("peer-connected").length, 1);
  const { peers } = (await alice.command("list-peers")).data;
  assertEquals(peers.map(({ name }: { name: string }) => name), ["den"]);
  assertEquals(alice.eventsOf("peer-lost"), []);
  await nameInDiscovery(peer_id, "den");
  const wrong = [["--name="], ["--limit-up", "9K"], ["--install", "maybe"], ["--limit-down"], ["den"]];
  for (const args of wrong) {
    const { code, err } = await bob.cli("settings", ...args);
    assertEquals([args, code, err.trimEnd().split("\n").length], [args, 2, 1]);
  }
  const unnamed = await bob.cli("settings", "--name", "two\nlines");
  assertEquals(unnamed.code, 2);
  assertStringIncludes(unnamed.err, '--name "two\\nlines": a name is one line of visible text');
  const refused = await bob.cli("settings", "--name", "other", "--game-dir", `${bob.state_dir}/not/there`);
  assertEquals([refused.code, refused.out], [1, ""]);
  const { out } = await bob.cli("settings", "--json");
  assertEquals(Settings.parse(JSON.parse(out)).name, "den", "nothing was changed");
});

Deno.test("a limit that is set during a download holds it back at once, and is kept for the next start", async () => {
  await using swarm = await Swarm.make();
  await makeGame(swarm.gameDir("alice"), GAME, { version: "1.0", files: { "big.eti": 60 * MIB } });
  await swarm.start("alice", { args: ["--limit-up", "3M"] });
  let peer = await Lanspread.start(swarm, "bob");
  try {
    await until("the game", async () => (await peer.cli("ls")).out.includes(GAME), 60_000);
    assertEquals((await peer.cli("get", GAME, "--no-install", "--no-wait")).code, 0);
    assertEquals(await heldSeconds(peer), 0);
    const { out } = await peer.cli("settings", "--limit-down", "512K");
    assertStringIncludes(out, "524.3 kB/s");
    await until("the limit to hold it back", async () => await heldSeconds(peer) > 0.5 || undefined);
    const config = () => Deno.readTextFile(`${peer.state_dir}/config.json`).catch(() => "");
    await until("the limit in config.json", async () => (await config()).includes("limit_down") || undefined);
    assertEquals(JSON.parse(await config()), { limit_down: 524_288 });
    assertEquals(await peer.stop(), 0);
    peer = await Lanspread.start(swarm, "bob");
    const kept = Settings.parse(JSON.parse((await peer.cli("settings", "--json")).out));
    assertEquals([kept.limit_down, kept.set_by.limit_down], [524_288, undefined]);
    assertEquals(await peer.stop(), 0);
    peer = await Lanspread.start(swarm, "bob", ["--limit-down", "2M"]);
    const flagged = Settings.parse(JSON.parse((await peer.cli("settings", "--json")).out));
    assertEquals([flagged.limit_down, flagged.set_by.limit_down], [2 * MIB, "--limit-down"]);
    assert((await peer.cli("settings")).out.includes("--limit-down"), "the flag is told");
  } finally {
    await peer[Symbol.asyncDispose]();
  }
});
