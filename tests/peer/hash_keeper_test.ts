import { createHash } from "node:crypto";
import { LanspreadError } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { HashKeeper } from "../../src/peer/hash_keeper.ts";
import { HashServer } from "../../src/peer/hash_server.ts";
import { ChunkHashes } from "../../src/proto/chunk_hashes.ts";
import { type GameId, parseGameId, Sha256 } from "../../src/proto/ids.ts";
import { chunksOf, type Manifest } from "../../src/proto/manifest.ts";
import { lookAtFile, SETTLE_MS } from "../../src/watch/file_stamp.ts";
import type { FileRange } from "../../src/watch/hash_protocol.ts";
import { hashRange } from "../../src/watch/hash_range.ts";
import { LibraryIndex } from "../../src/watch/index.ts";
import type { LocalGame } from "../../src/watch/local_game.ts";
import { scanLibrary } from "../../src/watch/scan.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Files, makeGame, MIB } from "../support/games.ts";
import { never } from "../support/memory_peers.ts";
import { TempDir } from "../support/temp_dir.ts";

/** A keeper over a real folder and a real database; it hashes on the test's thread and notes what. */
class Kept implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly index = LibraryIndex.inMemory();
  readonly busy = new Set<GameId>();
  is_busy = false;
  /** Every file is old enough to be hashed. */
  is_later = true;
  games = new Map<GameId, LocalGame>();
  readonly hashed: string[] = [];
  /** Called before each chunk. */
  before: (range: FileRange) => void = () => {};
  readonly scope = new Scope();
  readonly keeper: HashKeeper;
  readonly server: HashServer;

  constructor(readonly dir: TempDir) {
    const games = () => this.games;
    this.keeper = new HashKeeper({
      clock: this.clock,
      store: this.index.hashes,
      library: {
        game_dir: dir.path,
        get games() {
          return games().values();
        },
        get: (id) => this.games.get(id),
      },
      look: (root, path) => lookAtFile(root, path, Date.now() + (this.is_later ? 2 * SETTLE_MS : 0)),
      hash: async (range) => {
        this.before(range);
        this.hashed.push(`${range.path}@${range.offset / MIB}`);
        return await Promise.try(() => hashRange(range, () => false));
      },
      isInMotion: (id) => this.busy.has(id),
      isBusy: () => this.is_busy,
    });
    this.server = new HashServer({
      store: this.index.hashes,
      game_dir: () => dir.path,
      manifestOf: (id) => this.manifestOf(id),
      onStale: (id) => this.keeper.scanned([id]),
    });
  }

  static async start(): Promise<Kept> {
    const kept = new Kept(await TempDir.make());
    kept.scope.spawn("keeper", (signal) => kept.keeper.run(signal));
    return kept;
  }

  manifestOf(id: GameId): Manifest {
    const manifest = this.games.get(id)?.manifest;
    if (!manifest || this.busy.has(id)) throw new LanspreadError("not_transferable", "not now");
    return manifest;
  }

  make(id: string, files: Files): Promise<string> {
    return makeGame(this.dir.path, id, { version: "1.0", files });
  }

  async scan(force: readonly string[] = []): Promise<void> {
    const { games, changed } = await scanLibrary(this.dir.path, {
      signal: never,
      index: this.index,
      force: force.map(parseGameId),
    });
    this.games = games;
    this.keeper.scanned(changed);
  }

  async completed(...ids: string[]): Promise<void> {
    await until(`${ids.join()} complete`, async () => {
      await this.clock.advance(100);
      const completed = this.index.hashes.completed(this.dir.path);
      return ids.every((id) => {
        const game_id = parseGameId(id);
        return completed.get(game_id) === this.games.get(game_id)?.manifest?.manifest_hash;
      });
    });
  }

  /** What the peer answers of a game, in the order of its chunks. */
  async answer(id: string): Promise<(Sha256 | undefined)[]> {
    const game_id = parseGameId(id);
    const { files, manifest_hash } = this.manifestOf(game_id);
    const answer = await this.server.answer({ type: "get_hashes", game_id, manifest_hash }, never);
    const chunks = [...chunksOf(files)];
    const hashes = ChunkHashes.decode(answer.hashes, chunks.length);
    return chunks.map((_, i) => hashes.get(i));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
    this.index[Symbol.dispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

/** The true hashes of a game's chunks. */
async function trueHashes(root: string, manifest: Manifest): Promise<(Sha256 | undefined)[]> {
  return await Promise.all([...chunksOf(manifest.files)].map(async ({ path, offset, length }) => {
    const bytes = (await Deno.readFile(`${root}/${path}`)).subarray(offset, offset + length);
    return Sha256.parse(createHash("sha256").update(bytes).digest("hex"));
  }));
}

const FILES = { "a.bin": 16 * MIB + 5, "maps/b": 10, "empty": 0 };

Deno.test("after a scan every chunk has its true hash, the smallest game first, and nothing is hashed twice", async () => {
  await using kept = await Kept.start();
  const root = await kept.make("large", FILES);
  await kept.make("small", { "a": 5 });
  await kept.scan();
  await kept.completed("large", "small");
  assertEquals(kept.hashed, [
    ...["small/a@0", "small/version.ini@0"],
    ...["large/a.bin@0", "large/a.bin@16", "large/empty@0", "large/maps/b@0", "large/version.ini@0"],
  ]);
  assertEquals(await kept.answer("large"), await trueHashes(root, kept.manifestOf(parseGameId("large"))));
  await kept.scan(["large"]);
  await kept.scan();
  await kept.completed("large");
  await kept.clock.advance(60_000);
  assertEquals(kept.hashed.length, 7);
});

Deno.test("a changed file gets new hashes, the others keep theirs; its old ones are told to nobody", async () => {
  await using kept = await Kept.start();
  const root = await kept.make("game", FILES);
  await kept.scan();
  await kept.completed("game");
  const before = await kept.answer("game");
  await Deno.writeTextFile(`${root}/maps/b`, "0123456789");
  kept.is_busy = true;
  const meanwhile = await kept.answer("game");
  assertEquals(meanwhile.map((hash, i) => hash === before[i]), [true, true, true, false, true]);
  assertEquals(meanwhile[3], undefined);
  kept.is_busy = false;
  const [, , , changed] = await trueHashes(root, kept.manifestOf(parseGameId("game")));
  await until("the new hash", async () => {
    await kept.clock.advance(100);
    return (await kept.answer("game"))[3] === changed;
  });
  assertEquals(kept.hashed.slice(5), ["game/maps/b@0"]);
  assertNotEquals(before[3], changed);
});

Deno.test("a file that was just written is hashed when it has rested", async () => {
  await using kept = await Kept.start();
  kept.is_later = false;
  await kept.make("game", {});
  await kept.scan();
  await kept.clock.advance(500);
  assertEquals(kept.hashed, []);
  await kept.completed("game");
  assertEquals(kept.hashed, ["game/version.ini@0"]);
});

Deno.test("hashing pauses while the peer is busy, within a game too, and goes on afterwards", async () => {
  await using kept = await Kept.start();
  await kept.make("game", { "a": 1, "b": 1, "c": 1 });
  kept.before = ({ path }) => {
    if (path === "game/b") kept.is_busy = true;
  };
  await kept.scan();
  await until("two chunks", () => kept.hashed.length === 2);
  await kept.clock.advance(60_000);
  assertEquals(kept.hashed, ["game/a@0", "game/b@0"]);
  kept.is_busy = false;
  await kept.completed("game");
});

Deno.test("a game with an operation is not hashed, and what was begun is left; its hashes so far stay", async () => {
  await using kept = await Kept.start();
  await kept.make("game", { "a": 1, "b": 1, "c": 1 });
  const id = parseGameId("game");
  kept.before = ({ path }) => {
    if (path === "game/b") kept.busy.add(id);
  };
  await kept.scan();
  await until("two chunks", () => kept.hashed.length === 2);
  await kept.scan();
  await kept.clock.advance(60_000);
  assertEquals(kept.hashed.length, 2);
  assertEquals([...kept.index.hashes.ofGame(kept.dir.path, id).keys()], ["a", "b"]);
  kept.before = () => {};
  kept.busy.clear();
  await kept.scan();
  await kept.completed("game");
  assertEquals(kept.hashed, ["game/a@0", "game/b@0", "game/c@0", "game/version.ini@0"]);
});

Deno.test("a file that can't be hashed costs the others nothing, and is tried again after the next scan", async () => {
  await using kept = await Kept.start();
  await kept.make("game", { "a": 1, "b": 1 });
  await kept.make("other", { "a": 100 });
  kept.before = ({ path }) => {
    if (path === "game/a") throw new LanspreadError("io", "a damaged sector");
  };
  await kept.scan();
  await kept.completed("other");
  assertEquals(kept.index.hashes.completed(kept.dir.path).has(parseGameId("game")), false);
  assertEquals((await kept.answer("game")).map((hash) => hash !== undefined), [false, true, true]);
  kept.before = () => {};
  await kept.scan();
  await kept.completed("game");
});

Deno.test("the hashes of a game that is gone are forgotten, unless an operation runs on it", async () => {
  await using kept = await Kept.start();
  const root = await kept.make("game", { "a": 1 });
  await kept.scan();
  await kept.completed("game");
  await Deno.remove(root, { recursive: true });
  const id = parseGameId("game");
  kept.busy.add(id);
  await kept.scan();
  await kept.clock.advance(1_000);
  assertEquals(kept.index.hashes.ids(kept.dir.path), [id]);
  kept.busy.clear();
  await kept.scan();
  await until("nothing stored", () => kept.index.hashes.ids(kept.dir.path).length === 0);
});

Deno.test("hashes are asked for by the manifest: another one, an unknown game and a busy one are refused", async () => {
  await using kept = await Kept.start();
  await kept.make("game", { "a": 1 });
  await kept.scan();
  const game_id = parseGameId("game");
  const { manifest_hash } = kept.manifestOf(game_id);
  const ask = (hash: Sha256, signal = never) =>
    kept.server.answer({ type: "get_hashes", game_id, manifest_hash: hash }, signal);
  const codeOf = async (asked: () => Promise<unknown>) => (await assertRejects(asked, LanspreadError)).code;
  assertEquals(await codeOf(() => ask(Sha256.parse("0".repeat(64)))), "manifest_changed");
  await assertRejects(() => ask(manifest_hash, AbortSignal.abort(new Error("enough"))), Error, "enough");
  const asked = ask(manifest_hash);
  kept.busy.add(game_id);
  assertEquals(await codeOf(() => asked), "not_transferable");
  assertEquals(await codeOf(() => ask(manifest_hash)), "not_transferable");
});

Deno.test("what is not known yet is left open in the answer", async () => {
  await using kept = await Kept.start();
  kept.is_busy = true;
  await kept.make("game", FILES);
  await kept.scan();
  assert((await kept.answer("game")).every((hash) => hash === undefined));
});
