import { saveSettings } from "../../src/cli/save_settings.ts";
import type { PeerSettings } from "../../src/peer/peer_settings.ts";
import { assertEquals } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const SETTINGS: PeerSettings = {
  name: "alice",
  game_dir: "/games",
  has_party: true,
  catalog: null,
  install: true,
  limit_up: null,
  limit_down: null,
};

Deno.test("a new game folder is remembered beside what the file holds, and the file stays its owner's", async () => {
  await using dir = await TempDir.make();
  await dir.write("config.json", JSON.stringify({ party: "blue moon", game_dir: "/old" }));
  if (Deno.build.os !== "windows") await Deno.chmod(dir.join("config.json"), 0o600);
  await saveSettings(dir.path, SETTINGS);
  const config = JSON.parse(await Deno.readTextFile(dir.join("config.json")));
  assertEquals(config, { party: "blue moon", game_dir: "/games" });
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(dir.join("config.json"));
  // It may hold the passphrase of a party.
  assertEquals((mode ?? 0) & 0o777, 0o600);
});
