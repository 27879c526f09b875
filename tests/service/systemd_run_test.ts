/**
 * The service of a machine as systemd really runs it: started, crashed, started again, stopped, taken away.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { assertSameTree, makeArchiveGame } from "../support/games.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import { leftOut } from "../support/print.ts";
import { GAMER, OTHER } from "./private_root.ts";
import { whyNoSystemd } from "./private_systemd.ts";
import { OF_MACHINE, ServiceParty } from "./service_party.ts";

const ignore = leftOut("services run by systemd", await whyNoSystemd() ?? await whyNoNamespaces());

Deno.test(
  "a service of the machine comes back after a crash as the same peer, and ends with a goodbye",
  { ignore },
  async () => {
    await using party = await ServiceParty.make(OF_MACHINE);
    const before = await party.files();
    await makeArchiveGame(party.dir.join("bob/games"), "quake", {
      version: "1.0",
      content: { "id1/pak0.pak": 3_000_000, "quake.txt": "run" },
    });
    const bob = party.guest("bob");
    assertEquals(
      await party.install("--game-dir", "/srv/games"),
      "lanspread is a service of systemd and was started; its log: journalctl -u lanspread\n",
    );
    const first = await party.answers();
    assertEquals(first.addr, "10.77.0.1:5477");
    assertEquals((await bob.event("peer-connected")).peer_id, first.peer_id);
    assertEquals(await party.service("status"), {
      code: 0,
      out: `lanspread runs (by systemd, pid ${first.pid}); its log: journalctl -u lanspread\n`,
      err: "",
    });
    // Found by multicast, fetched by QUIC, unpacked by a worker: all of it shut in.
    assertEquals((await party.cli("get", "quake")).code, 0);
    const root = party.machine.path("/srv/games/quake");
    await assertSameTree(join(bob.game_dir, "quake"), root, { ignore: ["local"] });
    assertEquals((await Deno.stat(join(root, "local/id1/pak0.pak"))).size, 3_000_000);
    assertEquals((await Deno.stat(root)).uid, GAMER.uid);

    await party.crash();
    const second = await party.answers(first.pid);
    assertEquals(second.peer_id, first.peer_id);
    assertEquals((await party.shown()).NRestarts, "1");
    await party.shares("doom", "/srv/games", bob);
    assertEquals((await bob.command("download", { game_id: "doom" })).ok, true);
    await bob.event("download-finished");
    assertEquals(
      (await party.service("status")).out,
      `lanspread runs (by systemd, pid ${second.pid}, restarts: 1); its log: journalctl -u lanspread\n`,
    );
    const log = await party.log();
    assertEquals(
      log.match(/lanspread runs as party-machine with the games in \/srv\/games;/g)?.length,
      2,
      log,
    );
    assertStringIncludes(log, "Main process exited, code=killed, status=9/KILL");

    const mark = bob.lines.length;
    await party.systemctl("stop", "lanspread");
    const { ActiveState, Result, ExecMainCode, ExecMainStatus, MainPID, NRestarts } = await party.shown();
    // Code 1 is an exit by itself.
    assertEquals([ActiveState, Result, MainPID, NRestarts], ["inactive", "success", "0", "1"]);
    assertEquals([ExecMainCode, ExecMainStatus], ["1", "0"]);
    const lost = await bob.event("peer-lost", undefined, mark);
    assertEquals([lost.peer_id, lost.reason], [first.peer_id, "goodbye"]);

    assertEquals((await party.service("uninstall")).code, 0);
    assertEquals((await party.shown()).LoadState, "not-found");
    const left = (await party.files()).difference(before);
    const kept = ["/var/lib/lanspread", "/srv/games"];
    assertEquals([...left].filter((path) => !kept.some((folder) => `${path}/`.startsWith(`${folder}/`))), []);
    assert(left.has("/var/lib/lanspread/peer.json") && !left.has("/var/lib/lanspread/control.json"));
    assertEquals(await Deno.readTextFile(party.dir.join("marker")), "of the machine");
  },
);

Deno.test("a service of the machine starts with the machine, and needs no log-in", { ignore }, async () => {
  await using party = await ServiceParty.make(OF_MACHINE);
  await party.install("--game-dir", "/srv/games");
  assertEquals((await party.shown()).UnitFileState, "enabled");
  assertEquals(
    await party.systemctl("show", "multi-user.target", "--property=Wants"),
    "Wants=lanspread.service\n",
  );
  const { pid } = await party.answers();
  // What runs as it shall is left alone.
  await party.install("--game-dir", "/srv/games");
  assertEquals((await party.shown()).MainPID, pid);
  // Down to what every boot begins with, and up again.
  await party.systemctl("isolate", "basic.target");
  assertEquals((await party.shown()).ActiveState, "inactive");
  await party.systemctl("isolate", "default.target");
  const { pid: second } = await party.answers(pid);
  // Taken away while it runs.
  assertEquals((await party.service("uninstall")).code, 0);
  assertEquals((await party.shown()).LoadState, "not-found");
  assertEquals((await party.machine.run(["ls", `/proc/${second}`])).code, 2);
});

const FORBIDDEN = ["/etc/x", "/usr/x", "/var/lib/x", "/srv/x", "/srv/other_games/x"];

Deno.test("a service of the machine is shut in by the kernel", { ignore }, async () => {
  await using party = await ServiceParty.make(OF_MACHINE);
  const { machine } = party;
  // As `mkdir` and `chown` of root leave it.
  await machine.ask(["chgrp", "root", "/srv/games"]);
  // With the engine that is native code, too.
  await party.install("--game-dir", "/srv/games", "--quic", "matrixai");
  const { pid, quic } = await party.answers();
  assertEquals(quic, "matrixai");
  const status = await machine.ask(["cat", `/proc/${pid}/status`]);
  const none = "0000000000000000";
  const expected = { NoNewPrivs: "1", Seccomp: "2", CapEff: none, CapBnd: none, Groups: "1000" };
  const group = /^Gid:\s+1000\s+1000\s+1000\s+1000$/m;
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(status)?.[1], value, name);
  }
  assert(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m.test(status) && group.test(status), status);

  const properties = "ProtectSystem,ProtectHome,PrivateTmp,ReadWritePaths";
  assertEquals((await party.systemctl("show", "lanspread", `--property=${properties}`)).split("\n").sort(), [
    "",
    "PrivateTmp=yes",
    "ProtectHome=yes",
    "ProtectSystem=strict",
    "ReadWritePaths=/var/lib/lanspread /srv/games",
  ]);

  const inside = (...command: string[]) =>
    machine.run(["nsenter", `--target=${pid}`, "--mount", "--setuid=1000", "--setgid=1000", ...command]);
  for (const path of FORBIDDEN) {
    const { code, err } = await inside("touch", path);
    assertEquals(code, 1, path);
    assertStringIncludes(err, "Read-only file system");
  }
  for (const folder of ["/srv/games", "/var/lib/lanspread"]) {
    assertEquals((await inside("touch", `${folder}/x`)).err, "");
  }
  // Homes, other processes and the machine's folder for temporary files are out of sight.
  await machine.ask(["touch", "/tmp/of_machine"]);
  for (const path of ["/home/gamer", "/tmp/of_machine", "/proc/1/status"]) {
    assertEquals((await inside("ls", path)).code, 2, path);
  }
});

Deno.test("a service whose settings are wrong fails once and says why", { ignore }, async () => {
  await using party = await ServiceParty.make(OF_MACHINE);
  // Folders above the data are made, too.
  await party.install("--game-dir", "/srv/games", "--state-dir", "/srv/data/deep/lanspread");
  const config = party.machine.path("/srv/data/deep/lanspread/config.json");
  await party.until("the start", ({ SubState }) => SubState === "running");
  await Deno.writeTextFile(config, JSON.stringify({ game_dir: "/srv/games", port: "http" }));
  await party.systemctl("restart", "lanspread");
  const { SubState, Result, ExecMainStatus, NRestarts } = await party.until(
    "the failure",
    ({ ActiveState }) => ActiveState === "failed",
  );
  assertEquals([SubState, Result, ExecMainStatus, NRestarts], ["failed", "exit-code", "2", "0"]);
  const { code, out } = await party.service("status");
  assertEquals(
    [code, out],
    [1, "lanspread is installed and does not run: failed; its log: journalctl -u lanspread\n"],
  );
  assertStringIncludes(await party.log(), `"port" in /srv/data/deep/lanspread/config.json "http"`);
});

Deno.test(
  "a service that fails ten times is left alone until it is installed again",
  { ignore },
  async () => {
    await using party = await ServiceParty.make(OF_MACHINE);
    await party.install("--game-dir", "/srv/games");
    const { pid } = await party.answers();
    const broken = "[Service]\nRestartSec=1ms\nExecStart=\nExecStart=/usr/bin/false\n";
    const folder = party.machine.path("/etc/systemd/system/lanspread.service.d");
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "broken.conf"), broken);
    for (const word of ["daemon-reload", "stop lanspread", "reset-failed lanspread"]) {
      await party.systemctl(...word.split(" "));
    }
    // It may fail so fast that this is told at once.
    await party.machine.run(["systemctl", "start", "lanspread"]);
    const { NRestarts } = await party.until(
      "the end of tries",
      ({ ActiveState }) => ActiveState === "failed",
    );
    assertEquals(NRestarts, "10");
    assertStringIncludes(await party.log(), "Start request repeated too quickly.");
    await Deno.remove(folder, { recursive: true });
    await party.install("--game-dir", "/srv/games");
    await party.answers(pid);
  },
);

Deno.test("a folder out of reach is refused with the command that opens it", { ignore }, async () => {
  await using party = await ServiceParty.make(OF_MACHINE);
  const { machine } = party;
  await party.install("--game-dir", "/srv/games");
  const { pid } = await party.answers();
  const change = (game_dir: string) => party.command({ command: "set-game-dir", game_dir, create: true });
  const install = "service install --system --state-dir /var/lib/lanspread --game-dir";
  for (const game_dir of ["/srv/other_games", "/srv/new"]) {
    const { status, message } = await change(game_dir);
    assert(status >= 400 && message.endsWith(`sudo lanspread ${install} ${game_dir}`), message);
  }
  // A home is out of sight, too; and a shell reads what is told.
  const folder = "/home/gamer/my games";
  const [, told = ""] = /sudo (lanspread .*)$/.exec((await change(folder)).message) ?? [];
  await machine.ask(["sh", "-c", `lanspread() { ${machine.program.join(" ")} "$@"; }; ${told}`]);
  await party.answers(pid);
  assertStringIncludes(await party.log(), `with the games in ${folder};`);
  assertEquals((await change(`${folder}/more`)).status, 200);
  assertEquals((await Deno.stat(machine.path(`${folder}/more`))).uid, GAMER.uid);
});

Deno.test(
  "a folder chosen by hand is warned of, and one of another owner gets the data",
  { ignore },
  async () => {
    await using party = await ServiceParty.make(OF_MACHINE);
    const log_file = "/var/lib/lanspread/lanspread.log";
    await party.install("--game-dir", "/srv/games", "--log", "info", "--log-file", log_file);
    const first = await party.answers();
    const config = party.machine.path("/var/lib/lanspread/config.json");
    const before = await Deno.readTextFile(config);
    await Deno.writeTextFile(config, before.replace("/srv/games", "/srv/other_games"));
    await party.systemctl("restart", "lanspread");
    const second = await party.answers(first.pid);
    assertStringIncludes(
      await party.log(),
      `lanspread: Cannot use /srv/other_games: the service may write only`,
    );
    await party.install("--game-dir", "/srv/games_of_other");
    const third = await party.answers(second.pid);
    assertEquals(third.peer_id, first.peer_id);
    assertStringIncludes(await party.log(), "with the games in /srv/games_of_other;");
    const others = ["find", OF_MACHINE.state_dir, "!", "-uid", `${OTHER.uid}`];
    assertEquals(await party.machine.ask(others), "");
    assertEquals((await Deno.stat(party.machine.path(log_file))).uid, OTHER.uid);
  },
);
