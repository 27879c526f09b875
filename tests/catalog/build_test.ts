import { LanspreadError } from "../../src/base/errors.ts";
import { buildCatalog } from "../../src/catalog/build.ts";
import { loadCatalog } from "../../src/catalog/catalog.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const ON_LINUX = Deno.build.os === "linux";
const WHY_SKIPPED = ON_LINUX ? "" : " (skipped: only Linux tells such folders apart)";

const signal = new AbortController().signal;

Deno.test("buildCatalog() names the games that can be shared, and says why others are not", async () => {
  await using dir = await TempDir.make();
  await dir.write("games/quake/version.ini", "1.06");
  await dir.write("games/quake/pak0.eti", "12345");
  await dir.write("games/alienswarm/version.ini", "version=2024");
  await dir.write("games/broken/version.ini", "no version");
  await dir.write("games/played/local/x", "x");
  await dir.write("games/notes.txt", "x");
  const { catalog, left_out } = await buildCatalog(dir.join("games"), signal);
  assertEquals<unknown>(catalog, {
    games: [
      { id: "alienswarm", name: "alienswarm", version: "2024", size: 12 },
      { id: "quake", name: "quake", version: "1.06", size: 9 },
    ],
  });
  assertEquals(left_out.map(({ name }) => name).sort(), ["broken", "notes.txt", "played"]);
});

Deno.test({
  name: `buildCatalog() makes a loadable catalog of folders that differ in case only${WHY_SKIPPED}`,
  ignore: !ON_LINUX,
  fn: async () => {
    await using dir = await TempDir.make();
    for (const name of ["Quake", "quake", "ärger"]) await dir.write(`games/${name}/version.ini`, "1.0");
    const { catalog, left_out } = await buildCatalog(dir.join("games"), signal);
    const loaded = await loadCatalog(await dir.write("catalog.json", JSON.stringify(catalog)));
    assertEquals<string[]>(loaded.games.map((game) => game.id), ["Quake", "ärger"]);
    assertEquals(left_out, [{ name: "quake", reason: "it differs from Quake in case only; rename one" }]);
  },
});

Deno.test("buildCatalog() names a folder that can't be read", async () => {
  await using dir = await TempDir.make();
  const error = await assertRejects(
    () => buildCatalog(dir.join("missing"), signal),
    LanspreadError,
    "missing",
  );
  assertEquals(error.code, "io");
});
