/**
 * What is on the disk when an install appears.
 *
 * @module
 */

import { IntentLog } from "../../src/install/intent.ts";
import { installGame } from "../../src/install/transaction.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert } from "../support/assert.ts";
import { DiskSpy } from "../support/disk_spy.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test({
  name: "every unpacked file and folder is on the disk before local/ stands",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const game_root = dir.join("alienswarm");
    await dir.write("alienswarm/version.ini", "1.0");
    const bytes = new TextEncoder().encode("MZ");
    await writeStoredRar5(`${game_root}/alienswarm.eti`, [
      { name: "bin/game.exe", bytes },
      { name: "saves", directory: true },
    ]);
    const intents = new IntentLog(dir.join("state"));
    const signal = new AbortController().signal;
    using spy = new DiskSpy(game_root);
    await installGame({ game_id: parseGameId("alienswarm"), game_root, intents, signal });
    const synced = spy.syncedBefore("rename .local.installing to local");
    for (const path of ["", "/bin", "/bin/game.exe", "/saves"]) {
      assert(synced.includes(`.local.installing${path}`), `${path} is not synced: ${spy.steps.join(", ")}`);
    }
  },
});
