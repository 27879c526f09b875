import { Scope } from "../../src/base/scope.ts";
import { InstalledVersions } from "../../src/install/installed_versions.ts";
import { IntentLog } from "../../src/install/intent.ts";
import type { PeerEvent } from "../../src/peer/events.ts";
import { InstallOperations } from "../../src/peer/install_operations.ts";
import { LocalLibrary } from "../../src/peer/local_library.ts";
import { Operations } from "../../src/peer/operations.ts";
import { GameId } from "../../src/proto/ids.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { assertEquals } from "../support/assert.ts";
import { makeArchiveGame } from "../support/games.ts";
import { never } from "../support/memory_peers.ts";
import { TempDir } from "../support/temp_dir.ts";

const game_id = GameId.parse("quake");

/** A machine whose disk nobody watches: its library knows what it saw last. */
async function machine(dir: TempDir, index: LibraryIndex) {
  const [game_dir, state_dir] = [await dir.mkdir("games"), await dir.mkdir("state")];
  const operations = new Operations(() => {});
  const library = new LocalLibrary({
    game_dir,
    catalog: undefined,
    index,
    installed: new InstalledVersions(state_dir),
    isBusy: (id) => operations.kindOf(id) !== null,
    onChange: () => {},
  });
  const events: PeerEvent[] = [];
  const scope = new Scope();
  const installs = new InstallOperations({
    scope,
    library,
    operations,
    intents: new IntentLog(state_dir),
    emit: (event) => void events.push(event),
  });
  const place = (version: string) =>
    makeArchiveGame(game_dir, game_id, { version, content: { "which.txt": `version ${version}` } });
  return { scope, library, events, installs, place };
}

for (const kind of ["install", "update"] as const) {
  Deno.test(`an ${kind} is noted under the version that it unpacks, not the one that the last scan saw`, async () => {
    await using dir = await TempDir.make();
    using index = LibraryIndex.inMemory();
    const { scope, library, events, installs, place } = await machine(dir, index);
    await place("1.0");
    await library.refresh(never);
    if (kind === "update") {
      installs.startInstall(game_id);
      await scope.join();
      assertEquals<string | undefined>(library.get(game_id)?.installed_version, "1.0");
    }
    await place("2.0");
    if (kind === "update") installs.startUpdate(game_id);
    else installs.startInstall(game_id);
    await scope.join();
    assertEquals(events.at(-1), { event: "install-finished", game_id });
    assertEquals(await Deno.readTextFile(dir.join("games/quake/local/which.txt")), "version 2.0");
    assertEquals<string | undefined>(library.get(game_id)?.installed_version, "2.0");
  });
}
