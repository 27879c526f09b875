import { LanspreadError } from "../../src/base/errors.ts";
import { loadCatalog, MAX_CATALOG_BYTES } from "../../src/catalog/catalog.ts";
import { GameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const FULL = {
  id: "alienswarm",
  name: "Alien Swarm",
  version: "20240102",
  size: 2_000_000_000,
  description: "Four marines.\nMany bugs.",
  players: "1-4",
  genre: "shooter",
};
const SMALL = { id: "quake", name: "Quake", version: "1.06", players: 16 };

async function load(content: unknown) {
  await using dir = await TempDir.make();
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return await loadCatalog(await dir.write("catalog.json", text));
}

Deno.test("loadCatalog() reads games with all fields and with the needed ones, in their order", async () => {
  const catalog = await load({ games: [FULL, SMALL] });
  assertEquals<unknown>(catalog.games, [FULL, SMALL]);
  assertEquals<unknown>(catalog.get(GameId.parse("quake")), SMALL);
  assert(catalog.has(GameId.parse("alienswarm")));
});

Deno.test("Catalog knows ids exactly as they are written", async () => {
  const catalog = await load({ games: [SMALL] });
  assert(!catalog.has(GameId.parse("Quake")));
  assertEquals(catalog.get(GameId.parse("constructor")), undefined);
});

Deno.test("loadCatalog() reads an empty list, unknown keys and a byte order mark", async () => {
  assertEquals((await load({ games: [] })).games, []);
  const text = JSON.stringify({ $schema: "x", games: [{ ...SMALL, cover: "quake.png" }] });
  assertEquals<unknown>((await load(`\ufeff${text}`)).games, [SMALL]);
});

const FAULTS: [name: string, content: unknown, says: string][] = [
  ["no JSON", "{ games: }", "it is not JSON"],
  ["an empty file", "", "it is not JSON"],
  ["a list instead of an object", [SMALL], "the file: "],
  ["no games", {}, "games: "],
  [
    "a version with a space",
    { games: [FULL, { ...SMALL, version: "1 2" }] },
    "games[1].version: a version has 1 to",
  ],
  ["no version", { games: [{ ...SMALL, version: undefined }] }, "games[0].version: "],
  ["an id that climbs out", { games: [{ ...SMALL, id: "../x" }] }, "games[0].id: "],
  ["a reserved id", { games: [{ ...SMALL, id: "local" }] }, 'games[0].id: "local" is reserved'],
  ["an empty name", { games: [{ ...SMALL, name: "" }] }, "games[0].name: "],
  [
    "a name of two lines",
    { games: [{ ...SMALL, name: "a\nb" }] },
    "games[0].name: a name is one line of visible text",
  ],
  ["a negative size", { games: [{ ...SMALL, size: -1 }] }, "games[0].size: "],
  ["a broken number of bytes", { games: [{ ...SMALL, size: 1.5 }] }, "games[0].size: "],
  [
    "players of a wrong kind",
    { games: [{ ...SMALL, players: {} }] },
    "games[0].players: must be a text or a number",
  ],
  ["two games of one id", { games: [SMALL, FULL, SMALL] }, 'games[2].id: "quake" stands in games[0] already'],
  [
    "two ids that differ in case",
    { games: [SMALL, { ...SMALL, id: "QUAKE" }] },
    'games[1].id: "QUAKE" stands in games[0] already',
  ],
  ["several faults", { games: [{ ...SMALL, id: "", name: "", size: -1 }] }, "(and 3 more)"],
];

for (const [name, content, says] of FAULTS) {
  Deno.test(`loadCatalog() refuses ${name} in one line that names file and place`, async () => {
    const error = await assertRejects(() => load(content), LanspreadError, says);
    assertEquals(error.code, "catalog_invalid");
    assertStringIncludes(error.message, "catalog.json: ");
    assert(!error.message.includes("\n"), error.message);
  });
}

Deno.test("loadCatalog() refuses what is no readable text file", async () => {
  await using dir = await TempDir.make();
  const huge = await dir.write("huge.json", "");
  await Deno.truncate(huge, MAX_CATALOG_BYTES + 1);
  for (
    const [path, says] of [
      [dir.join("missing.json"), "the file does not exist"],
      [await dir.mkdir("folder"), "it is not a file"],
      [huge, "it is larger than 16777216 bytes"],
      [await dir.write("utf16.json", Uint8Array.from([0xff, 0xfe, 0x7b, 0])), "save it as UTF-8"],
    ] as const
  ) {
    const error = await assertRejects(() => loadCatalog(path), LanspreadError, says);
    assertEquals(error.code, "catalog_invalid");
    assertStringIncludes(error.message, path);
  }
});

Deno.test("loadCatalog() stops when the signal aborts", async () => {
  await using dir = await TempDir.make();
  const path = await dir.write("catalog.json", JSON.stringify({ games: [] }));
  await assertRejects(() => loadCatalog(path, AbortSignal.abort(new Error("enough"))), Error, "enough");
});
