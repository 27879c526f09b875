import { LanspreadError } from "../../src/base/errors.ts";
import { fromFileUrl } from "../../src/base/std/path.ts";
import { GameId } from "../../src/proto/ids.ts";
import { GameSummary } from "../../src/proto/library.ts";
import { ManifestFiles } from "../../src/proto/manifest.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import { summarize } from "../../src/watch/local_game.ts";
import { scanLibrary } from "../../src/watch/scan.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const ON_WINDOWS = Deno.build.os === "windows";
const WHY_NO_LINKS = ON_WINDOWS ? " (skipped: Windows needs a privilege for links)" : "";
const WHY_NO_BAD_NAMES = ON_WINDOWS ? " (skipped: Windows does not take such a name)" : "";

const signal = new AbortController().signal;
const id = (text: string) => GameId.parse(text);

async function coldScan(game_dir: string) {
  using index = LibraryIndex.inMemory();
  return await scanLibrary(game_dir, { signal, index });
}

async function gameIn(files: Record<string, string | Uint8Array>) {
  await using dir = await TempDir.make();
  for (const [path, data] of Object.entries(files)) await dir.write(`game/${path}`, data);
  return (await coldScan(dir.path)).games.get(id("game"));
}

Deno.test("scanLibrary() finds what is downloaded, installed, both or neither", async () => {
  await using dir = await TempDir.make();
  await dir.write("downloaded/version.ini", "1.0\n");
  await dir.write("downloaded/a.eti", "12345");
  await dir.write("both/version.ini", "2.0");
  await dir.write("both/local/game.exe", "not counted");
  await dir.write("installed/local/game.exe", "x");
  await dir.write("installed/a.eti", "left over, and not counted");
  await dir.write("half_copied/a.eti", "12345");
  await dir.mkdir("empty");
  const { games, skipped, walked, reused } = await coldScan(dir.path);
  const facts = [...games.values()].map((
    g,
  ) => [g.id, g.version, g.size, g.downloaded, g.installed, g.availability]);
  assertEquals<unknown>(facts, [
    ["both", "2.0", 3, true, true, "ready"],
    ["downloaded", "1.0", 9, true, false, "ready"],
    ["installed", null, 0, false, true, "local_only"],
  ]);
  assert([...games.values()].every((game) => game.problem === null));
  assertEquals(games.get(id("installed"))?.manifest, null);
  const reason = "it has neither version.ini nor local/: no game yet";
  assertEquals(skipped, [{ name: "empty", reason }, { name: "half_copied", reason }]);
  assertEquals({ walked, reused }, { walked: 3, reused: 0 });
});

Deno.test("scanLibrary() takes a nested version.ini for an ordinary file, not for a sentinel", async () => {
  await using dir = await TempDir.make();
  await dir.write("nested_only/bin/version.ini", "1.0");
  await dir.write("game/version.ini", "1.0");
  await dir.write("game/bin/version.ini", "9.9");
  const { games } = await coldScan(dir.path);
  assertEquals<string[]>([...games.keys()], ["game"]);
  const paths = games.get(id("game"))?.manifest?.files.map((file) => file.path);
  assertEquals<string[] | undefined>(paths, ["bin/version.ini", "version.ini"]);
});

Deno.test("scanLibrary() makes manifests and summaries that the wire accepts", async () => {
  const game = await gameIn({ "version.ini": "1.0", "data/ä.bin": "x", "local/save": "x" });
  assert(game?.manifest);
  assertEquals(ManifestFiles.parse(game.manifest.files), [...game.manifest.files]);
  const summary = summarize(game, "Alien Swarm");
  assertEquals(GameSummary.parse(summary), summary);
  assertEquals([summary.name, summary.manifest_hash], ["Alien Swarm", game.manifest.manifest_hash]);
});

Deno.test("scanLibrary() keeps a game with an unusable version.ini, and says what is wrong", async () => {
  for (
    const [content, says] of [
      ["", "version.ini names no version"],
      ["1.0 beta", "version.ini names no version"],
      [new Uint8Array(65_537), "version.ini is larger than 65536 bytes"],
    ] as const
  ) {
    const game = await gameIn({ "version.ini": content, "a.eti": "12345" });
    assertStringIncludes(game?.problem ?? "", says);
    const { downloaded, version, manifest, availability, size } = game ?? {};
    assertEquals<unknown>([downloaded, version, manifest, availability], [true, null, null, "local_only"]);
    assertEquals(size, content.length + 5);
  }
});

Deno.test({
  name: `scanLibrary() keeps a game with a bad file name, and names the file${WHY_NO_BAD_NAMES}`,
  ignore: ON_WINDOWS,
  fn: async () => {
    const game = await gameIn({ "version.ini": "1.0", "maps/a?.bsp": "12345" });
    assertStringIncludes(game?.problem ?? "", '"maps/a?.bsp": ');
    assertEquals<unknown>([game?.version, game?.manifest, game?.availability], ["1.0", null, "local_only"]);
    assertEquals(game?.size, 8);
  },
});

Deno.test("scanLibrary() says of each other child why it is no game", async () => {
  await using dir = await TempDir.make();
  await dir.write("readme.txt", "x");
  await dir.write(".lanspread/index.json", "x");
  await dir.write("local/version.ini", "1.0");
  const { games, skipped } = await coldScan(dir.path);
  assertEquals(games.size, 0);
  assertEquals(skipped, [
    { name: ".lanspread", reason: '".lanspread" is reserved for lanspread' },
    { name: "local", reason: '"local" is reserved for lanspread' },
    { name: "readme.txt", reason: "it is a file; a game is a folder" },
  ]);
});

Deno.test({
  name: `scanLibrary() follows no link to a game${WHY_NO_LINKS}`,
  ignore: ON_WINDOWS,
  fn: async () => {
    await using dir = await TempDir.make();
    await dir.write("elsewhere/game/version.ini", "1.0");
    await dir.mkdir("games");
    await Deno.symlink(dir.join("elsewhere/game"), dir.join("games/linked"));
    const { games, skipped } = await coldScan(dir.join("games"));
    assertEquals(games.size, 0);
    assertEquals(skipped.map((child) => child.name), ["linked"]);
  },
});

Deno.test("scanLibrary() names a game folder that can't be read", async () => {
  await using dir = await TempDir.make();
  const file = await dir.write("file", "x");
  for (const [path, says] of [[dir.join("missing"), "does not exist"], [file, "not a folder"]] as const) {
    const error = await assertRejects(() => coldScan(path), LanspreadError, path);
    assertStringIncludes(error.message, says);
    assertEquals(error.code, "io");
  }
});

Deno.test("scanLibrary() stops when the signal aborts, and keeps the index as it was", async () => {
  await using dir = await TempDir.make();
  for (let i = 0; i < 40; i++) await dir.write(`game_${i}/version.ini`, "1.0");
  using index = LibraryIndex.inMemory();
  const controller = new AbortController();
  const keep = () => {
    controller.abort(new Error("enough"));
    return undefined;
  };
  await assertRejects(
    () => scanLibrary(dir.path, { signal: controller.signal, index, keep }),
    Error,
    "enough",
  );
  assertEquals(index.ids(dir.path), []);
});

// A refusal of the runtime stands for the permissions of the disk, which do not bind an administrator.
const SCANNER = `
const [scan, index_module, game_dir] = Deno.args;
const { scanLibrary } = await import(scan);
const { LibraryIndex } = await import(index_module);
using index = LibraryIndex.inMemory();
const { games, skipped } = await scanLibrary(game_dir, { signal: new AbortController().signal, index });
const result = { games: [...games.values()], skipped, stored: index.ids(game_dir) };
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(result)));
`;

Deno.test("scanLibrary() goes on past a root and a folder that it may not read", async () => {
  await using dir = await TempDir.make();
  for (const name of ["good", "no_root", "no_folder"]) {
    await dir.write(`${name}/version.ini`, "1.0");
    await dir.write(`${name}/data/a.bin`, "12345");
  }
  const denied = ["no_root", "no_folder/data"].map((path) => dir.join(path));
  const { games, skipped, stored } = await scanDenied(dir.path, denied);
  assertEquals(games.map((game) => [game.id, game.availability]), [
    ["good", "ready"],
    ["no_folder", "local_only"],
  ]);
  assertStringIncludes(games[1]?.problem ?? "", `"data": it can't be read`);
  assertEquals(skipped.map((child) => child.name), ["no_root"]);
  assertStringIncludes(skipped[0]?.reason ?? "", "it can't be read");
  // What can't be read today may be readable tomorrow, without a trace in the fingerprint.
  assertEquals(stored, ["good"]);
});

interface DeniedScan {
  games: { id: string; availability: string; problem: string | null }[];
  skipped: { name: string; reason: string }[];
  stored: string[];
}

async function scanDenied(game_dir: string, denied: string[]): Promise<DeniedScan> {
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const modules = ["scan.ts", "index.ts"].map((name) =>
    new URL(`../../src/watch/${name}`, import.meta.url).href
  );
  const rights = ["--no-prompt", "--allow-read", "--allow-env", "--allow-import", "--allow-write"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...rights, `--deny-read=${denied.join()}`, "--config", config, "-", ...modules, game_dir],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([SCANNER]).stream().pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
