/**
 * Game summaries and the digest over a library.
 *
 * @module
 */

import fc from "fast-check";
import { GameSummaries, GameSummary, libraryDigest } from "../../src/proto/library.ts";
import { MAX_GAMES } from "../../src/proto/limits.ts";
import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const anyGame = fc.record({
  id: fc.stringMatching(/^[a-z]{4,8}_[a-z]$/),
  name: fc.string({ minLength: 1, maxLength: 20 }),
  version: fc.option(fc.stringMatching(/^[0-9]{1,4}\.[0-9]{1,4}$/)),
  size: fc.maxSafeNat(),
  downloaded: fc.boolean(),
  installed: fc.boolean(),
  manifest_hash: fc.option(hash),
  availability: fc.constantFrom("ready", "local_only"),
}).filter((game) => GameSummary.safeParse(game).success).map((game) => GameSummary.parse(game));
const anyLibrary = fc.uniqueArray(anyGame, { selector: (game) => game.id, minLength: 1, maxLength: 8 });

Deno.test("a library's digest does not depend on the order its games were found in", async () => {
  const pair = anyLibrary.chain((games) =>
    fc.tuple(fc.constant(games), fc.shuffledSubarray(games, { minLength: games.length }))
  );
  await holds(fc.property(pair, ([games, others]) => {
    assertEquals(libraryDigest(others), libraryDigest(games));
    assertEquals(libraryDigest(new Set(others)), libraryDigest(games));
  }));
});

for (const field of Object.keys(GameSummary.shape)) {
  Deno.test(`a library's digest changes with the ${field} of one game`, async () => {
    await holds(fc.property(anyLibrary, anyGame, fc.nat(), (games, other, pick) => {
      const at = pick % games.length;
      const changed = games.map((game, i) =>
        i === at ? { ...game, [field]: Reflect.get(other, field) } : game
      );
      fc.pre(Reflect.get(games[at] ?? {}, field) !== Reflect.get(other, field));
      assertNotEquals(libraryDigest(changed), libraryDigest(games));
    }));
  });
}

Deno.test("a library's digest changes when a game comes or goes", async () => {
  await holds(fc.property(anyLibrary, (games) => {
    assertNotEquals(libraryDigest(games.slice(1)), libraryDigest(games));
  }));
});

Deno.test("a library's digest does not depend on the order of a game's keys", async () => {
  await holds(fc.property(anyLibrary, (games) => {
    const turned = games.map((game) => GameSummary.parse(Object.fromEntries(Object.entries(game).reverse())));
    assertEquals(libraryDigest(turned), libraryDigest(games));
  }));
});

Deno.test("a list of games is refused when an id is in it twice, or when it is too long", () => {
  const [game] = fc.sample(anyGame, { numRuns: 1, seed: 7 });
  assert(game);
  assert(GameSummaries.safeParse([game]).success);
  assert(!GameSummaries.safeParse([game, { ...game, name: "other" }]).success);
  const many = Array.from({ length: MAX_GAMES + 1 }, (_, i) => ({ ...game, id: `game_${i}` }));
  assert(!GameSummaries.safeParse(many).success);
  assert(GameSummaries.safeParse(many.slice(1)).success);
});
