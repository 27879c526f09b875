/**
 * What is on the disk when the sentinel is committed.
 *
 * @module
 */

import { LanspreadError } from "../../../src/base/errors.ts";
import { commitDownload } from "../../../src/peer/download/commit.ts";
import { download } from "../../../src/peer/download/download.ts";
import { GameFiles } from "../../../src/peer/download/game_files.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { DiskSpy } from "../../support/disk_spy.ts";
import { FakeSwarm, manifestOf } from "../../support/fake_swarm.ts";
import { never } from "../../support/memory_peers.ts";
import { TempDir } from "../../support/temp_dir.ts";

Deno.test({
  name: "the names of all files are on the disk before the sentinel stands",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await using swarm = new FakeSwarm(dir.path);
    const text = (value: string) => new TextEncoder().encode(value);
    await swarm.add({ "version.ini": text("1.0"), "game.eti": text("rar"), "maps/deep/a.bsp": text("map") });
    using spy = new DiskSpy(dir.path);
    await within("download", download(swarm.order(), swarm.ports, never));
    const parked = spy.steps.indexOf("rename game/version.ini to game/.version.ini.discarded");
    spy.steps.splice(0, parked + 2);
    const synced = spy.syncedBefore("rename game/.version.ini.tmp to game/version.ini");
    for (const folder of ["game/maps/deep", "game/maps", "game", "."]) {
      assert(synced.includes(folder), `${folder} is not synced: ${spy.steps.join(", ")}`);
    }
  },
});

Deno.test("commitDownload() writes no sentinel that says another version, whoever let it through before", async () => {
  await using dir = await TempDir.make();
  const text = (value: string) => new TextEncoder().encode(value);
  const manifest = manifestOf({ "version.ini": text("1.0"), "game.eti": text("rar") }, "1.0");
  await dir.write("game/game.eti", "rar");
  const files = new GameFiles(dir.path, manifest.game_id, manifest.files);
  const commit = (version: string) =>
    commitDownload({ manifest, previous: null, files, sentinel: text(version) }, never);
  const error = await assertRejects(() => commit("9.9"), LanspreadError);
  assertEquals(error.code, "download_failed");
  assertEquals((await Array.fromAsync(Deno.readDir(files.root))).map(({ name }) => name), ["game.eti"]);
  await commit("1.0");
  assertEquals(await Deno.readTextFile(dir.join("game/version.ini")), "1.0");
});
