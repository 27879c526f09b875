/**
 * The service of a user as that user's systemd really runs it.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import { leftOut } from "../support/print.ts";
import { GAMER } from "./private_root.ts";
import { whyNoSystemd } from "./private_systemd.ts";
import { OF_USER, ServiceParty } from "./service_party.ts";

const ignore = leftOut("services run by systemd", await whyNoSystemd() ?? await whyNoNamespaces());
const GAMES = `${GAMER.home}/games`;
const MANAGER = `user@${GAMER.uid}.service`;

Deno.test(
  "a service of a user starts at each log-in, comes back after a crash, and ends with a goodbye",
  { ignore },
  async () => {
    await using party = await ServiceParty.make(OF_USER);
    const { machine } = party;
    await machine.ask(["systemctl", "start", MANAGER]);
    const before = await party.files();
    const bob = party.guest("bob");
    assertStringIncludes(
      await party.install("--game-dir", GAMES),
      "its log: journalctl --user -u lanspread\n",
    );
    const first = await party.answers();
    assertEquals((await bob.event("peer-connected")).peer_id, first.peer_id);
    assertEquals((await party.shown()).UnitFileState, "enabled");

    await party.crash();
    const second = await party.answers(first.pid);
    assertEquals([second.peer_id, (await party.shown()).NRestarts], [first.peer_id, "1"]);
    assertEquals(
      (await party.service("status")).out,
      `lanspread runs (by systemd, pid ${second.pid}, restarts: 1); its log: journalctl --user -u lanspread\n`,
    );
    const greeting = /lanspread runs as party-machine with the games in \/home\/gamer\/games;/g;
    assertEquals((await party.log()).match(greeting)?.length, 2);

    await party.shares("quake", GAMES, bob);

    let mark = bob.lines.length;
    await machine.ask(["systemctl", "stop", MANAGER]);
    assertEquals((await bob.event("peer-lost", undefined, mark)).reason, "goodbye");
    await machine.ask(["systemctl", "start", MANAGER]);
    const third = await party.answers();
    assertEquals(third.peer_id, first.peer_id);
    await party.shares("doom", GAMES, bob);

    mark = bob.lines.length;
    await party.systemctl("stop", "lanspread");
    const { ActiveState, Result, ExecMainStatus, NRestarts } = await party.shown();
    assertEquals([ActiveState, Result, ExecMainStatus, NRestarts], ["inactive", "success", "0", "0"]);
    assertEquals((await bob.event("peer-lost", undefined, mark)).reason, "goodbye");
    assertEquals((await party.service("uninstall")).code, 0);
    assertEquals((await party.shown()).LoadState, "not-found");
    const left = (await party.files()).difference(before);
    const kept = [GAMES, `${GAMER.home}/.local`, `${GAMER.home}/.config`, `/run/user/${GAMER.uid}`];
    assertEquals([...left].filter((path) => !kept.some((folder) => `${path}/`.startsWith(`${folder}/`))), []);
    assertEquals([...left].filter((path) => path.includes("lanspread.service")), []);
  },
);

Deno.test(
  "a service of a user waits for games on a disk that comes after the log-in",
  { ignore },
  async () => {
    await using party = await ServiceParty.make(OF_USER);
    const { machine } = party;
    await machine.ask(["systemctl", "start", MANAGER]);
    await party.install("--game-dir", GAMES);
    const { pid } = await party.answers();
    await machine.ask(["systemctl", "stop", MANAGER]);
    const away = `${GAMES}_away`;
    await machine.ask(["mv", GAMES, away]);
    await machine.ask(["systemctl", "start", MANAGER]);
    await until("its word", async () => (await party.log()).includes(`waits for the game folder ${GAMES}`));
    // Whoever stops it meanwhile does not wait.
    await party.systemctl("stop", "lanspread");
    assertEquals((await party.shown()).Result, "success");
    await party.systemctl("start", "lanspread");
    await machine.ask(["mv", away, GAMES]);
    await party.answers(pid);
    assertEquals((await party.shown()).NRestarts, "0");
  },
);
