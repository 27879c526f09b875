import { Catalog, CatalogFile } from "../../src/catalog/catalog.ts";
import type { GameEntry } from "../../src/peer/events.ts";
import {
  gameDetails,
  gameEntry,
  gamesList,
  type GamesListSources,
  isKnown,
  wantedVersion,
} from "../../src/peer/games_list.ts";
import { join } from "../../src/base/std/path.ts";
import { PeerGameDB } from "../../src/peer/peer_db.ts";
import { GameId, GameVersion, SocketAddress } from "../../src/proto/ids.ts";
import type { GameSummary } from "../../src/proto/library.ts";
import { makeManifest, SENTINEL } from "../../src/proto/manifest.ts";
import type { LocalGame } from "../../src/watch/local_game.ts";
import { assertEquals } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";
import { summary } from "../support/summaries.ts";

const id = GameId.parse("game");
const v = (text: string) => GameVersion.parse(text);

function local(version: string | null, fields: Partial<LocalGame> = {}): LocalGame {
  const manifest = version === null ? null : makeManifest(id, v(version), [{ path: SENTINEL, size: 3 }]);
  return {
    id,
    version: version === null ? null : v(version),
    size: 3,
    downloaded: version !== null,
    installed: false,
    manifest,
    availability: manifest ? "ready" : "local_only",
    problem: null,
    ...fields,
  };
}

interface World {
  catalog?: string;
  local?: LocalGame;
  peers?: GameSummary[];
}

function sources({ catalog, local, peers = [] }: World): GamesListSources {
  const db = new PeerGameDB();
  for (const game of peers) {
    const peer_id = newPeerId();
    db.record(peer_id, "peer", SocketAddress.parse("127.0.0.1:1"));
    db.setLibrary(peer_id, 1, [game]);
  }
  const games = [{ id: "game", name: "The Game", version: catalog, size: 77 }];
  return {
    catalog: catalog === undefined ? undefined : new Catalog(CatalogFile.parse({ games })),
    local: (wanted) => wanted === id ? local : undefined,
    local_ids: () => local ? [id] : [],
    peers: db,
    operation: () => null,
  };
}

const of = (version: string, fields: Partial<GameSummary> = {}) =>
  summary("game", { version: v(version), ...fields });

const TABLE: Record<string, [World, Partial<Omit<GameEntry, "version">> & { version?: string | null }]> = {
  "here alone": [{ local: local("1.0") }, {
    version: "1.0",
    downloaded: true,
    size: 3,
    availability: "ready",
    peer_count: 0,
  }],
  "here with a problem": [
    { local: local("1.0", { manifest: null, availability: "local_only" }) },
    { version: "1.0", downloaded: true, availability: "local_only" },
  ],
  "installed only": [
    { local: local(null, { size: 0, installed: true }) },
    { version: null, installed: true, downloaded: false, availability: "local_only", size: 0 },
  ],
  "at two peers": [{ peers: [of("1.0"), of("1.0")] }, {
    version: "1.0",
    downloaded: false,
    size: 10,
    peer_count: 2,
    availability: "ready",
  }],
  "newer at a peer": [{ local: local("1.0"), peers: [of("1.1"), of("1.0")] }, {
    version: "1.1",
    local_version: v("1.0"),
    peer_count: 1,
    size: 10,
  }],
  "newer here": [{ local: local("1.2"), peers: [of("1.1")] }, {
    version: "1.2",
    local_version: v("1.2"),
    peer_count: 0,
    size: 3,
  }],
  "local_only at a peer": [
    { peers: [of("1.0", { availability: "local_only" })] },
    { version: null, peer_count: 0, availability: "unavailable" },
  ],
  "in the catalog alone": [{ catalog: "2.0" }, {
    version: "2.0",
    name: "The Game",
    size: 77,
    availability: "unavailable",
    peer_count: 0,
  }],
  "in the catalog, peers have another version": [{ catalog: "2.0", peers: [of("3.0")] }, {
    version: "2.0",
    peer_count: 0,
    availability: "unavailable",
  }],
  "in the catalog, peers have it": [{ catalog: "2.0", peers: [of("2.0", { name: "Other Name" })] }, {
    version: "2.0",
    name: "The Game",
    size: 10,
    peer_count: 1,
    availability: "ready",
  }],
};

for (const [what, [world, expected]] of Object.entries(TABLE)) {
  Deno.test(`a game ${what} is listed as it is`, () => {
    const entry = gameEntry(sources(world), id);
    const shown = Object.fromEntries(
      Object.keys(expected).map((key) => [key, entry[key as keyof GameEntry]]),
    );
    assertEquals(shown, expected as Record<string, unknown>);
  });
}

Deno.test("a description is told with one game alone, so that lists stay short; so is its folder", () => {
  const described = {
    id: "game",
    name: "The Game",
    version: "1.0",
    genre: "Arcade",
    description: "x".repeat(65_536),
  };
  const world = {
    ...sources({ local: local("1.0") }),
    catalog: new Catalog(CatalogFile.parse({ games: [described] })),
  };
  assertEquals("description" in (gamesList(world)[0] ?? {}), false);
  const { description, folder, genre } = gameDetails(world, id, "/games");
  assertEquals([description?.length, folder, genre], [65_536, join("/games", "game"), "Arcade"]);
  assertEquals(gameDetails(sources({ peers: [of("1.0")] }), id, "/games").folder, null);
});

Deno.test("a game is known that the catalog lists, or without one that anybody has", () => {
  const other = GameId.parse("other");
  const worlds = [{ catalog: "1.0" }, { local: local("1.0") }, { peers: [of("1.0")] }];
  assertEquals(worlds.map((world) => [isKnown(sources(world), id), isKnown(sources(world), other)]), [
    [true, false],
    [true, false],
    [true, false],
  ]);
});

Deno.test("without a catalog every known game is listed once, sorted by id", () => {
  const world = { local: local("1.0"), peers: [summary("b"), summary("a"), of("1.0"), summary("b")] };
  assertEquals(gamesList(sources(world)).map((entry) => entry.id as string), ["a", "b", "game"]);
});

Deno.test("with a catalog exactly its games are listed", () => {
  const world = { catalog: "1.0", peers: [summary("a"), summary("b")] };
  assertEquals(gamesList(sources(world)).map((entry) => entry.id as string), ["game"]);
});

Deno.test("the wanted version is the catalog's, otherwise the newest one of all", () => {
  assertEquals(wantedVersion(sources({ catalog: "1.0", peers: [of("2.0")] }), id), v("1.0"));
  assertEquals(wantedVersion(sources({ local: local("1.9"), peers: [of("1.10")] }), id), v("1.10"));
  assertEquals(wantedVersion(sources({ catalog: "1.0" }), GameId.parse("other")), undefined);
  assertEquals(wantedVersion(sources({}), id), undefined);
});
