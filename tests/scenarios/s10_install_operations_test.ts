/**
 * S10, S13, S20, S40, S41: uninstall, remove and update of real peers, and a start after a crash.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { evidence } from "../support/evidence.ts";
import { GatedSource } from "../support/gated_source.ts";
import { assertSameTree, filesBelow, makeArchiveGame, makeTree, MIB } from "../support/games.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";

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
  assertEquals([alice.eventsOf("uninstall-begin").length, alice.eventsOf("remove-begin").length], [1, 0]);
  await alice.ok("remove-downloaded", { game_id: "alienswarm" });
  await alice.event("remove-begin");
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

/** Waits until `name` stands in the game root, or until it is too late, and gives what stands there. */
async function whenStanding(root: string, name: string, isTooLate: () => boolean): Promise<string[]> {
  // It may stand for milliseconds only: looked for without a pause.
  while (true) {
    const names = (await Array.fromAsync(Deno.readDir(root))).map((entry) => entry.name);
    if (names.includes(name) || isTooLate()) return names;
  }
}

const ENDS = ["install-finished", "install-failed", "uninstall-finished", "uninstall-failed"] as const;

function hasEnded(peer: PeerProcess): boolean {
  return ENDS.some((name) => peer.eventsOf(name).length > 0);
}

Deno.test("S13: the old install stands while the newer one is downloaded and unpacked, and goes only then", async () => {
  await using swarm = await Swarm.make();
  const content = { ...NEW, "big.pak": 80 * MIB };
  await makeArchiveGame(swarm.gameDir("alice"), "game", { version: "2.0", content });
  const root = await makeArchiveGame(swarm.gameDir("bob"), "game", { version: "1.0", content: OLD });
  await makeTree(`${root}/local`, OLD, "game");
  await makeTree(swarm.dir.join("old"), OLD, "game");
  await makeTree(swarm.dir.join("new"), content, "game");
  const [, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  await bob.sources("game", 1);
  await bob.ok("fetch-latest", { game_id: "game" });
  await bob.event("download-begin");
  await assertSameTree(swarm.dir.join("old"), `${root}/local`);
  const beside = await within("the staging", whenStanding(root, ".local.installing", () => hasEnded(bob)));
  assert([".local.installing", "local"].every((name) => beside.includes(name)), `${beside}`);
  await bob.anyEvent(["install-finished", "install-failed"]);
  assertEquals(bob.eventsOf("install-failed"), []);
  await assertSameTree(swarm.dir.join("new"), `${root}/local`);
  assertEquals([...Deno.readDirSync(root)].map(({ name }) => name).sort(), [
    "game.eti",
    "local",
    "version.ini",
  ]);
  const game = await bob.game("game");
  assertEquals([game?.local_version, game?.installed, game?.operation], ["2.0", true, null]);
});

Deno.test("S20: a download that is cancelled midway leaves local/ and what belongs to it, and no payload", async () => {
  await using swarm = await Swarm.make();
  const root = await makeArchiveGame(swarm.gameDir("bob"), "game", { version: "1.0", content: OLD });
  const bob = await swarm.start("bob");
  await bob.ok("install", { game_id: "game" });
  await bob.event("install-finished");
  const mark = await swarm.dir.write("bob/state/games/game/setup_done", JSON.stringify({ game_root: root }));
  await using source = await GatedSource.start(swarm.party, "game", "2.0", {
    "game.eti": new Uint8Array(50_000),
    "maps/more.eti": new Uint8Array(50_000),
  });
  source.openFor("maps/more.eti");
  await source.greet(bob.addr);
  await until("bob wants the newer one", async () => (await bob.game("game"))?.version === "2.0");
  await bob.ok("fetch-latest", { game_id: "game" });
  await bob.event("download-chunk-finished", ({ path }) => path === "maps/more.eti");
  await bob.ok("cancel-download", { game_id: "game" });
  await bob.event("download-cancelled");
  assertEquals(await filesBelow(root), Object.keys(OLD).map((path) => `local/${path}`).sort());
  assertEquals(JSON.parse(await Deno.readTextFile(mark)), { game_root: root });
  const game = await bob.game("game");
  assertEquals([game?.downloaded, game?.installed, game?.operation], [false, true, null]);
  // S21: it can be started again at once.
  source.open();
  await bob.download("game", { install: false });
  const again = await bob.game("game");
  // What is installed is still the old one.
  assertEquals([again?.version, again?.downloaded, again?.local_version], ["2.0", true, "1.0"]);
});

Deno.test("an install and an update can be cancelled while they unpack, and leave what stood before", async () => {
  await using swarm = await Swarm.make();
  const content = { "data.pak": 400 * MIB };
  const root = await makeArchiveGame(swarm.gameDir("bob"), "game", { version: "1.0", content });
  const bob = await swarm.start("bob");
  const finish = async (command: "install" | "uninstall") => {
    const from = bob.lines.length;
    await bob.ok(command, { game_id: "game" });
    await bob.event(`${command}-finished`, () => true, { from });
  };
  const cancelled = async (operation: "install" | "update") => {
    const from = bob.lines.length;
    await bob.ok(operation, { game_id: "game" });
    await bob.event("install-progress", ({ done_bytes }) => done_bytes > 0, { from });
    await bob.command("cancel-download", { game_id: "game" });
    return await bob.anyEvent(["install-finished", "install-failed"], () => true, { from });
  };
  const attempt = async (operation: "install" | "update") => {
    if (operation === "update") await Deno.writeTextFile(`${root}/local/mine.sav`, "mine");
    const before = await filesBelow(root);
    const end = await cancelled(operation);
    if (end.event !== "install-failed") return false; // it was over before it could be cancelled
    assertEquals([end.code, end.message], ["cancelled", `Cannot ${operation} game: cancelled`]);
    assertEquals(await filesBelow(root), before);
    assertEquals([...Deno.readDirSync(root)].filter(({ name }) => name.startsWith(".local")), []);
    return true;
  };
  for (let tries = 1; !await attempt("install"); tries++) {
    assert(tries < 6, "the install was always over before it could be cancelled");
    await finish("uninstall");
  }
  await finish("install");
  for (let tries = 1; !await attempt("update"); tries++) {
    assert(tries < 6, "the update was always over before it could be cancelled");
  }
  assertEquals(await Deno.readTextFile(`${root}/local/mine.sav`), "mine");
  assertEquals((await bob.game("game"))?.operation, null);
});

Deno.test("S40: a damaged archive fails its install clearly, and an update to one leaves the old install", async () => {
  await using swarm = await Swarm.make();
  const damaged = await makeArchiveGame(swarm.gameDir("alice"), "game", { version: "2.0", content: NEW });
  using file = await Deno.open(`${damaged}/game.eti`, { write: true });
  await file.seek(5_000, Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode("not what was here"));
  const root = await makeArchiveGame(swarm.gameDir("bob"), "game", { version: "1.0", content: OLD });
  await makeTree(`${root}/local`, { ...OLD, "save.dat": "mine" });
  await makeTree(swarm.dir.join("old"), { ...OLD, "save.dat": "mine" });
  const [alice, bob] = await Promise.all([swarm.start("alice"), swarm.start("bob")]);
  const tells = async (peer: PeerProcess, verb: string) => {
    const failed = await peer.event("install-failed");
    assertEquals([failed.game_id, failed.code], ["game", "archive_damaged"]);
    assertStringIncludes(failed.message, `Cannot ${verb} game: game.eti`);
    assertStringIncludes(failed.message, "download it again");
    assertEquals(peer.eventsOf("install-finished"), []);
    assertEquals((await peer.ok("status")).operations, []);
  };
  await alice.ok("install", { game_id: "game" });
  await tells(alice, "install");
  assertEquals([...Deno.readDirSync(damaged)].map(({ name }) => name).sort(), ["game.eti", "version.ini"]);

  await bob.sources("game", 1);
  await bob.download("game");
  await tells(bob, "update");
  await assertSameTree(swarm.dir.join("old"), `${root}/local`);
  assertEquals([...Deno.readDirSync(root)].map(({ name }) => name).sort(), [
    "game.eti",
    "local",
    "version.ini",
  ]);
  assertEquals((await bob.game("game"))?.local_version, "2.0");
});

/** Many files keep the deletion of an old install long enough to be met. */
const MANY = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`many/f${i}`, "x"]));
const KILLED = [
  ["install", ".local.installing"],
  ["update", ".local.installing"],
  ["update", ".local.backup"],
  ["uninstall", ".local.backup"],
] as const;

for (const [operation, standing] of KILLED) {
  Deno.test(`S41: a peer killed in an ${operation} while ${standing} stands starts with the old state or the new`, async () => {
    await using swarm = await Swarm.make();
    const content = { ...NEW, "big.pak": 30 * MIB };
    const root = await makeArchiveGame(swarm.gameDir("alice"), "game", { version: "2.0", content });
    await makeTree(swarm.dir.join("old"), { ...OLD, ...MANY });
    await makeTree(swarm.dir.join("new"), content, "game");
    if (operation !== "install") await makeTree(`${root}/local`, { ...OLD, ...MANY });
    const alice = await swarm.start("alice");
    await alice.ok(operation, { game_id: "game" });
    await within(standing, whenStanding(root, standing, () => hasEnded(alice)));
    await alice.kill();
    const again = await swarm.start("alice");
    const names = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
    const is_installed = names.includes("local");
    assertEquals(names, is_installed ? ["game.eti", "local", "version.ini"] : ["game.eti", "version.ini"]);
    assertEquals((await again.game("game"))?.installed, is_installed);
    evidence({ [`killed in ${operation} at ${standing}`]: names.join(", ") });
    if (operation !== "install" && is_installed) {
      const is_old = await Deno.lstat(`${root}/local/old.txt`).then(() => true, () => false);
      await assertSameTree(swarm.dir.join(is_old ? "old" : "new"), `${root}/local`);
    }
    if (operation === "update") assert(is_installed);
    // And it goes on from there.
    const from = again.lines.length;
    await again.ok(is_installed ? "update" : "install", { game_id: "game" });
    await again.anyEvent(["install-finished", "install-failed"], () => true, { from });
    await assertSameTree(swarm.dir.join("new"), `${root}/local`);
  });
}
