/**
 * S10, S13, S40, S41: uninstall, remove and update of real peers, and a start after a crash.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { assertSameTree, filesBelow, makeArchiveGame, makeTree } from "../support/games.ts";
import { Swarm } from "../support/swarm.ts";

const OLD = { "bin/game.exe": 10_000, "old.txt": "old" };
const NEW = { "bin/game.exe": 20_000, "new.txt": "new" };

Deno.test("S10: uninstall keeps the download, and remove refuses while installed", async () => {
  await using swarm = await Swarm.make();
  const root = await makeArchiveGame(swarm.gameDir("alice"), "alienswarm", { version: "1.0", content: OLD });
  const alice = await swarm.start("alice");
  await alice.ok("install", { game_id: "alienswarm" });
  await alice.event("install-finished");
  const refused = await alice.command("remove-downloaded", { game_id: "alienswarm" });
  assertEquals(refused.error?.code, "installed");
  assertEquals((await alice.ok("status")).operations, []);
  await alice.ok("uninstall", { game_id: "alienswarm" });
  await alice.event("uninstall-finished");
  assertEquals(await filesBelow(root), ["alienswarm.eti", "version.ini"]);
  assertEquals((await alice.command("uninstall", { game_id: "alienswarm" })).error?.code, "not_installed");
  assertEquals((await alice.command("update", { game_id: "alienswarm" })).error?.code, "not_installed");
  await alice.ok("remove-downloaded", { game_id: "alienswarm" });
  await alice.event("remove-finished");
  assertEquals(await filesBelow(swarm.gameDir("alice")), []);
  assertEquals(await alice.game("alienswarm"), undefined);
  const gone = await alice.command("remove-downloaded", { game_id: "alienswarm" });
  assertEquals(gone.error?.code, "not_downloaded");
});

Deno.test("S13: a newer download replaces the install, and an update that fails keeps it", async () => {
  await using swarm = await Swarm.make();
  await makeArchiveGame(swarm.gameDir("alice"), "game", { version: "2.0", content: NEW });
  const root = await makeArchiveGame(swarm.gameDir("bob"), "game", { version: "1.0", content: OLD });
  await makeTree(`${root}/local`, { "old.txt": "old", "save.dat": "mine" });
  await makeTree(swarm.dir.join("new"), NEW, "game");
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("game", 1);
  await bob.download("game");
  await bob.anyEvent(["install-finished", "install-failed"]);
  assertEquals(bob.eventsOf("install-begin").map(({ operation }) => operation), ["update"]);
  assertEquals(bob.eventsOf("install-failed"), []);
  await assertSameTree(swarm.dir.join("new"), `${root}/local`);
  const kinds = bob.eventsOf("active-operations-changed").map((event) =>
    event.operations.map((o) => o.operation)
  );
  assertEquals(kinds, [["download"], ["update"], []]);

  await Deno.truncate(`${root}/game.eti`, 100);
  await bob.ok("update", { game_id: "game" });
  const failed = await bob.event("install-failed");
  assertEquals(failed.code, "archive_damaged");
  await assertSameTree(swarm.dir.join("new"), `${root}/local`);
  assertEquals((await bob.game("game"))?.installed, true);
});

Deno.test("S41: a start brings back the old install before anybody is told of the game", async () => {
  await using swarm = await Swarm.make();
  const root = await makeArchiveGame(swarm.gameDir("alice"), "game", { version: "1.0", content: NEW });
  await makeTree(root, { ".local.backup/save.dat": "mine", ".local.installing/half": "x" });
  const intent = JSON.stringify({ intent: "updating", game_root: root });
  await swarm.dir.write("alice/state/games/game/install_intent.json", intent);
  const alice = await swarm.start("alice");
  assertEquals((await alice.game("game"))?.installed, true);
  assertEquals(await filesBelow(root), ["game.eti", "local/save.dat", "version.ini"]);
});
