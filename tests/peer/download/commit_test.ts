/**
 * What is on the disk when the sentinel is committed.
 *
 * @module
 */

import { download } from "../../../src/peer/download/download.ts";
import { assert } from "../../support/assert.ts";
import { within } from "../../support/deadline.ts";
import { DiskSpy } from "../../support/disk_spy.ts";
import { FakeSwarm } from "../../support/fake_swarm.ts";
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
