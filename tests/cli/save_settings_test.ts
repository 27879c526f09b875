import { SettingsKeeper } from "../../src/cli/save_settings.ts";
import { readSettings } from "../../src/cli/settings.ts";
import type { PeerSettings } from "../../src/peer/peer_settings.ts";
import { assertEquals } from "../support/assert.ts";
import { leftOut } from "../support/print.ts";
import { EMPTY_STATE } from "../support/states.ts";
import { TempDir } from "../support/temp_dir.ts";

const WHY_NO_LINKS = Deno.build.os === "windows" ? "Windows needs a privilege for links" : undefined;
const SETTINGS: PeerSettings = { ...EMPTY_STATE.settings, game_dir: "/old", has_party: true };

async function configIn(dir: TempDir): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(dir.join("config.json")));
}

Deno.test("a new game folder is remembered beside what the file holds, and the file stays its owner's", async () => {
  await using dir = await TempDir.make();
  await dir.write("config.json", JSON.stringify({ party: "blue moon", game_dir: "/old" }));
  if (Deno.build.os !== "windows") await Deno.chmod(dir.join("config.json"), 0o600);
  await new SettingsKeeper(dir.path, SETTINGS).keep({ ...SETTINGS, game_dir: "/games" });
  assertEquals(await configIn(dir), { party: "blue moon", game_dir: "/games" });
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(dir.join("config.json"));
  // It may hold the passphrase of a party.
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("only what was changed is remembered, and not what a flag said of this start", async () => {
  await using dir = await TempDir.make();
  const by_flags = { ...SETTINGS, name: "by a flag", limit_up: 20_480, install: false };
  const keeper = new SettingsKeeper(dir.path, by_flags);
  await keeper.keep({ ...by_flags, limit_down: 2_000_000 });
  assertEquals(await configIn(dir), { limit_down: 2_000_000 });
  await keeper.keep({ ...by_flags, limit_down: null, name: "den", install: true });
  assertEquals(await configIn(dir), { limit_down: "off", name: "den", install: true });
});

Deno.test("whatever can be set is read at the next start as it was remembered", async () => {
  await using dir = await TempDir.make();
  const changed = { name: "den", install: false, limit_up: 1_099_511_627_776, limit_down: 10_241 };
  const state_dir = await dir.mkdir("state");
  await new SettingsKeeper(state_dir, SETTINGS).keep({ ...SETTINGS, ...changed });
  const args = ["--state-dir", state_dir, "--game-dir", dir.join("games")];
  const { name, install, limit_up, limit_down } = await readSettings({ args, env: () => undefined });
  assertEquals({ name, install, limit_up, limit_down }, changed);
});

Deno.test("what could not be written is written with the next change", async () => {
  await using dir = await TempDir.make();
  await dir.write("config.json", "{ no JSON");
  const keeper = new SettingsKeeper(dir.path, SETTINGS);
  await keeper.keep({ ...SETTINGS, name: "den" });
  await dir.write("config.json", "{}");
  await keeper.keep({ ...SETTINGS, name: "den", install: false });
  assertEquals(await configIn(dir), { name: "den", install: false });
});

Deno.test({
  name: "where the file is a link, what it leads to is changed, and the link stays",
  ignore: leftOut("a linked config.json", WHY_NO_LINKS),
  fn: async () => {
    await using dir = await TempDir.make();
    await dir.write("elsewhere.json", JSON.stringify({ party: "blue moon" }));
    await Deno.symlink(dir.join("elsewhere.json"), dir.join("config.json"));
    await new SettingsKeeper(dir.path, SETTINGS).keep({ ...SETTINGS, name: "den" });
    const kept = JSON.parse(await Deno.readTextFile(dir.join("elsewhere.json")));
    assertEquals(kept, { party: "blue moon", name: "den" });
    assertEquals(await Deno.readLink(dir.join("config.json")), dir.join("elsewhere.json"));
  },
});
