import { GameVersion, PeerId } from "../../src/proto/ids.ts";
import type { Told } from "../../src/web/answer_schemas.ts";
import { hasUpdate, mainAction, otherActions } from "../../src/web/page/state/actions.ts";
import { coverOf, initialsOf } from "../../src/web/page/state/cover.ts";
import { countByFilter, shownGames } from "../../src/web/page/state/filters.ts";
import { fold } from "../../src/web/page/state/fold.ts";
import { lastFailure } from "../../src/web/page/state/fold_log.ts";
import { formatBytes, formatSeconds, percentOf } from "../../src/web/page/state/format.ts";
import { limitOf, limitText } from "../../src/web/page/state/limits.ts";
import type { Game, Model } from "../../src/web/page/state/model.ts";
import { wordsOf } from "../../src/web/page/state/words.ts";
import { assert, assertEquals, assertStrictEquals, assertStringIncludes } from "../support/assert.ts";
import { newPeerId } from "../support/parties.ts";
import { EMPTY_STATE, OFFERED_GAME } from "../support/states.ts";

const v = (text: string) => GameVersion.parse(text);
const game = (fields: Partial<Game>): Game => ({ ...OFFERED_GAME, version: v("2.0"), ...fields });
const old = { version: v("2.0"), local_version: v("1.0") };
const here = { downloaded: true, local_version: v("2.0"), downloaded_version: v("2.0") };
const { settings } = EMPTY_STATE;

const MAIN: Record<string, [game: Game, label: string, command: string | undefined]> = {
  "that others have": [game({}), "Install", "download"],
  "that nobody has": [game({ peer_count: 0, availability: "unavailable" }), "Not available", undefined],
  "that is downloaded": [game(here), "Install", "install"],
  "that is installed": [game({ ...here, installed: true }), "Play", "launch"],
  "that is installed and has no download": [
    game({ installed: true, local_version: v("2.0") }),
    "Play",
    "launch",
  ],
  "that is installed and old": [game({ ...old, installed: true }), "Update", "download"],
  "that is installed and old, with the new download here": [
    game({ ...old, installed: true, downloaded: true, downloaded_version: v("2.0"), peer_count: 0 }),
    "Update",
    "update",
  ],
  "that is old while nobody has the new one": [
    game({ ...old, installed: true, peer_count: 0 }),
    "Play",
    "launch",
  ],
  "that is being downloaded": [game({ operation: "download" }), "Cancel", "cancel-download"],
  "that is being updated": [game({ operation: "update" }), "Cancel", "cancel-download"],
  "that is being uninstalled": [game({ operation: "uninstall" }), "Uninstalling…", undefined],
};
for (const [what, [game, label, command]] of Object.entries(MAIN)) {
  Deno.test(`the main action of a game ${what} is ${label}`, () => {
    const main = mainAction(game, settings);
    assertEquals([main.label, "wish" in main ? main.wish.command : undefined], [label, command]);
    assert("wish" in main || main.why.length > 10, "it says why there is none");
  });
}

const OTHERS: Record<string, [game: Game, labels: string[]]> = {
  "that others have": [game({}), ["Download only", "Install without keeping a copy"]],
  "that is downloaded": [game(here), ["Remove download…"]],
  "that is installed": [game({ ...here, installed: true }), ["Start server", "Uninstall…"]],
  "that is installed and has no download": [
    game({ installed: true, local_version: v("2.0") }),
    ["Start server", "Keep a copy to share", "Uninstall…"],
  ],
  "that is installed and old": [
    game({ ...old, ...{ downloaded: true, downloaded_version: v("1.0") }, installed: true }),
    ["Play", "Start server", "Uninstall…"],
  ],
  "that something runs on": [game({ ...here, operation: "install" }), []],
};
for (const [what, [game, labels]] of Object.entries(OTHERS)) {
  Deno.test(`the other actions of a game ${what} are what can be done now`, () => {
    const actions = otherActions(game, settings);
    assertEquals(actions.map(({ label }) => label), labels);
    for (const { tone, question } of actions) assertEquals(tone === "danger", question !== undefined);
  });
}

Deno.test("with --no-install the main action is to download", () => {
  const main = mainAction(game({}), { ...settings, install: false });
  assertEquals([main.label, "wish" in main ? main.wish : undefined], [
    "Download",
    { command: "download", install: false },
  ]);
});

Deno.test("a game whose version nobody knows has no update", () => {
  assert(!hasUpdate(game({ installed: true, local_version: null })));
});

Deno.test("search finds every word in any order, without case and accents; filters count what they show", () => {
  const games = [
    game({ id: "a" as Game["id"], name: "Käferjagd", genre: "Party" }),
    game({ id: "b" as Game["id"], name: "Neon Drift 10", ...here, installed: true }),
    game({ id: "c" as Game["id"], name: "neon drift 2", peer_count: 0 }),
  ];
  const ids = (query: string) => shownGames(games, "all", query).map(({ id }) => id as string).join("");
  assertEquals([ids("KAFER"), ids("drift neon"), ids("party"), ids("x"), ids(" ")], [
    "a",
    "cb",
    "a",
    "",
    "acb",
  ]);
  assertEquals(countByFilter(games), { all: 3, installed: 1, downloadable: 1, updates: 0 });
  for (const [filter, count] of Object.entries(countByFilter(games))) {
    assertEquals(shownGames(games, filter as "all", "").length, count);
  }
});

const me = PeerId.parse("00000000-0000-4000-8000-000000000001");
const after = (told: Told[], from: Model | undefined = fold(undefined, EMPTY_STATE, 0)): Model => {
  const model = told.reduce<Model | undefined>((model, event, at) => fold(model, event, at * 1_000), from);
  if (!model) throw new Error("no model");
  return model;
};

Deno.test("nothing is known before the first snapshot", () => {
  assertEquals(fold(undefined, { event: "peer-count", count: 1 }, 0), undefined);
});

Deno.test("games that are as they were stay the same objects, so that they are not drawn again", () => {
  const [a, b] = [game({ id: "a" as Game["id"] }), game({ id: "b" as Game["id"] })];
  const before = after([{ event: "games-list-updated", games: [a, b] }]);
  const now = after([{ event: "games-list-updated", games: [{ ...a }, { ...b, installed: true }] }], before);
  assertStrictEquals(now.games[0], before.games[0]);
  assertEquals(now.games[1]?.installed, true);
});

Deno.test("a download is followed from its begin to its end, with the share of each machine", () => {
  const { id: game_id } = OFFERED_GAME;
  const [a, b] = [newPeerId(), newPeerId()];
  const chunk = (peer_id: PeerId): Told => ({
    ...{ event: "download-chunk-finished", game_id, peer_id, path: "a" as never },
    ...{ offset: 0, length: 30, seconds: 1 },
  });
  const figures = { total_bytes: 100, bytes_per_s: 5, active_peers: 2, eta_s: 8 };
  const running = after([
    { event: "games-list-updated", games: [game({})] },
    { event: "active-operations-changed", operations: [{ game_id, operation: "download" }] },
    { event: "download-begin", game_id, total_bytes: 100, file_count: 1, resumed_bytes: 0, sources: [a, b] },
    chunk(a),
    chunk(b),
    chunk(a),
    { event: "download-progress", game_id, done_bytes: 60, ...figures },
  ]);
  const live = running.live.get(game_id);
  assertEquals([running.games[0]?.operation, live?.done_bytes, live?.active_peers], ["download", 60, 2]);
  assertEquals([...live?.shares ?? []], [[a, 60], [b, 30]]);
  assertEquals(live?.speeds, [5]);
  const over = after([{ event: "active-operations-changed", operations: [] }], running);
  assertEquals([over.games[0]?.operation, over.live.size], [null, 0]);
});

Deno.test("a machine comes, tells its games, leaves; one of another version is told apart", () => {
  const [peer_id, other] = [newPeerId(), newPeerId()];
  const addr = "127.0.0.1:1" as never;
  const met = after([
    { event: "peer-connected", peer_id, name: "bob", addr },
    { event: "peer-library-changed", peer_id, library_rev: 2, game_count: 7 },
    { event: "peer-discovered", peer_id: other, name: "carol", addr },
    { event: "peer-lost", peer_id: other, reason: "incompatible" },
  ]);
  assertEquals([...met.machines.values()], [{ peer_id, name: "bob", addr, game_count: 7 }]);
  assertEquals(met.incompatible, [{ peer_id: other, name: "carol" }]);
  const gone = after([{ event: "peer-lost", peer_id, reason: "goodbye" }], met);
  assertEquals([gone.machines.size, gone.names.get(peer_id)], [0, "bob"]);
  assert(gone.announced > met.announced, "who shows sources asks again");
});

Deno.test("one of another version is forgotten when it is gone, or seen with this one", () => {
  const peer_id = newPeerId();
  const addr = "127.0.0.1:1" as never;
  const seen = { event: "peer-discovered", peer_id, name: "carol", addr } as const;
  const shown = after([seen, { event: "peer-lost", peer_id, reason: "incompatible" }]);
  assertEquals(after([{ event: "peer-lost", peer_id, reason: "timeout" }], shown).incompatible, []);
  assertEquals(after([seen], shown).incompatible, []);
});

Deno.test("a new snapshot takes the place of everything, and numbers of the log stay apart", () => {
  const { id: game_id } = OFFERED_GAME;
  const failed = { event: "install-failed", game_id, code: "io", message: "no disk" } as const;
  const before = after([failed, { event: "peer-count", count: 1 }]);
  assertEquals(lastFailure(before.log, game_id), "no disk");
  const now = after([{ ...EMPTY_STATE, recent: [{ at_ms: 5, event: failed, count: 1 }] }, {
    event: "install-finished",
    game_id,
  }], before);
  assertEquals(now.log.map(({ event }) => event.event), ["install-finished", "install-failed"]);
  assertEquals(new Set(now.log.map(({ key }) => key)).size, 2);
  assertEquals(lastFailure(now.log, game_id), undefined);
  assertEquals(now.status.peer_id, me);
});

Deno.test("every end is said in words, and nothing else is", () => {
  const { id: game_id } = OFFERED_GAME;
  const say = (event: Told) =>
    event.event === "snapshot" ? undefined : wordsOf(event, () => "The Game")?.text;
  assertEquals(say({ event: "install-finished", game_id }), "The Game is ready to play");
  assertEquals(
    say({ event: "download-failed", game_id, code: "disk_full", message: "x" }),
    "The Game could not be downloaded",
  );
  assertEquals(say({ event: "peer-count", count: 1 }), undefined);
  assertEquals(say({ event: "no-peers-have-game", game_id }), undefined);
});

Deno.test("an install that somebody cancelled is no failure", () => {
  const { id: game_id } = OFFERED_GAME;
  const failed = { event: "install-failed", game_id, message: "Cannot install it: x" } as const;
  const cancelled = { ...failed, code: "cancelled" } as const;
  assertEquals(wordsOf(cancelled, () => "The Game"), { mood: "neutral", text: "The Game was cancelled" });
  assertEquals(wordsOf({ ...failed, code: "disk_full" }, () => "The Game")?.mood, "bad");
  assertEquals(lastFailure(after([{ ...failed, code: "disk_full" }]).log, game_id), failed.message);
  assertEquals(lastFailure(after([cancelled]).log, game_id), undefined);
});

Deno.test("a speed limit is read as people write it, and shown in a form that is read again", () => {
  const read: Record<string, number | null> = {
    ...{ "": null, " ": null, "20": 20_000_000, "2.5": 2_500_000, "2,5": 2_500_000, " 0.02 ": 20_000 },
  };
  for (const [text, bytes_per_s] of Object.entries(read)) assertEquals(limitOf(text), { bytes_per_s });
  for (const text of ["fast", "-1", "20 MB/s", "1e3", "0.01", "0", ".", "1.2.3"]) {
    assertEquals([text, typeof limitOf(text)], [text, "string"]);
  }
  assertEquals([null, 20_971_520, 10_240, 1e12].map(limitText), ["", "20.97", "0.01024", "1000000"]);
  assertEquals(limitOf(limitText(2_500_000)), { bytes_per_s: 2_500_000 });
});

Deno.test("a game that was there already is told calmly", () => {
  const { id: game_id } = OFFERED_GAME;
  const event = { event: "download-failed", game_id, code: "already_downloaded", message: "x" } as const;
  assertEquals(wordsOf(event, () => "The Game"), { mood: "neutral", text: "The Game is here already" });
  assertEquals(lastFailure(after([event]).log, game_id), undefined);
});

Deno.test("thousands of damaged pieces are one line of the log, and crowd nothing out", () => {
  const { id: game_id } = OFFERED_GAME;
  const [peer_id, path] = [newPeerId(), "a" as never];
  const corrupt = { event: "download-chunk-corrupt", game_id, peer_id, path, offset: 0 } as const;
  const failed = { event: "install-failed", game_id, code: "io", message: "no disk" } as const;
  const { log } = after([failed, ...Array.from({ length: 500 }, () => corrupt)]);
  assertEquals(log.map(({ event, count }) => [event.event, count]), [
    ["download-chunk-corrupt", 500],
    ["install-failed", 1],
  ]);
  assertStringIncludes(wordsOf(corrupt, () => "The Game", 500)?.text ?? "", "500 damaged pieces of The Game");
});

Deno.test("a machine's new name takes the place of the old one, and of many that left the newest are kept", () => {
  const peer_id = newPeerId();
  const addr = "127.0.0.1:1" as never;
  const met = after([
    { event: "peer-connected", peer_id, name: "bob", addr },
    { event: "peer-library-changed", peer_id, library_rev: 2, game_count: 7 },
    { event: "peer-changed", peer_id, name: "den", addr: "127.0.0.1:2" as never },
  ]);
  assertEquals([...met.machines.values()], [{ peer_id, name: "den", addr: "127.0.0.1:2", game_count: 7 }]);
  assertEquals(met.names.get(peer_id), "den");
  const passers = Array.from({ length: 1_000 }, (_, at): Told[] => {
    const passer = newPeerId();
    return [
      { event: "peer-connected", peer_id: passer, name: `passer ${at}`, addr },
      { event: "peer-lost", peer_id: passer, reason: "goodbye" },
    ];
  }).flat();
  const { names } = after([...passers, { event: "peer-changed", peer_id, name: "again", addr }], met);
  assertEquals([names.size, names.get(peer_id), [...names.values()].at(-2)], [500, "again", "passer 999"]);
});

Deno.test("a cover is always the same for the same game, and covers of many games differ", () => {
  assertEquals(coverOf("alienswarm", "Alien Swarm"), coverOf("alienswarm", "Alien Swarm"));
  const looks = Array.from({ length: 60 }, (_, at) => coverOf(`game${at}`, "Game"));
  assert(new Set(looks.map(({ from, motif }) => `${from} ${motif}`)).size > 30);
  assertEquals(["Alien Swarm", "Ärger im Busch", "1942", "…", "x-com"].map(initialsOf), [
    "AS",
    "ÄI",
    "1",
    "?",
    "XC",
  ]);
});

Deno.test("numbers are told as people read them", () => {
  assertEquals([0, 999, 1_000, 53e6, 999_600_000, 1.84e9].map(formatBytes), [
    "0 B",
    "999 B",
    "1 kB",
    "53 MB",
    "1.0 GB",
    "1.8 GB",
  ]);
  assertEquals([0.2, 59, 90, 7_500].map(formatSeconds), ["1 s", "59 s", "2 min", "2 h 5 min"]);
  assertEquals([percentOf(0, 0), percentOf(999, 1_000), percentOf(5, 5)], [0, 99, 100]);
});
