import fc from "fast-check";
import { assert, assertEquals, assertNotEquals } from "../support/assert.ts";
import { holds, SEED_VARIABLE } from "../support/seeds.ts";
import { type Outcome, simulate } from "./sim_swarm.ts";

/** Parties that went wrong once; each is played first, ever after. */
const KEPT: readonly number[] = [
  // A question for a library that got no answer was never asked again.
  1,
  7,
  227,
  355,
  // A late answer to a hello set the revision back.
  100492,
  101187,
  1225764830,
  // The answer to a hello was lost, and what it should have told was never pushed.
  100402,
  100499,
  // A late answer took back what a push had told.
  680472648,
];
/** The same parties on every run; others with the environment variable of `seeds.ts`. */
const SEED = "20261120";
const PARTIES = 1_000;
/** Enough parties to see everything that can happen. */
const SAMPLE = 40;

const seeds = fc.noBias(fc.integer({ min: 1, max: 2 ** 31 - 1 }));

/** Throws with the whole story where something was wrong. */
async function play(seed: number): Promise<Outcome> {
  const outcome = await simulate(seed);
  const { failure, steps } = outcome;
  if (failure) throw new Error(`The party of seed ${seed} went wrong.\n${steps.join("\n")}\n${failure}`);
  return outcome;
}

Deno.test("after any storm and some quiet every peer knows every library as it is", async () => {
  const parties = fc.asyncProperty(seeds, async (seed) => void await play(seed));
  const examples = KEPT.map((seed): [number] => [seed]);
  const seed = Deno.env.get(SEED_VARIABLE) ?? SEED;
  await holds(parties, { runs: PARTIES + KEPT.length, examples, keep_first_failure: true, seed });
});

Deno.test("the same seed plays the same party, another seed another one", async () => {
  for (const seed of [3, 4, 5]) {
    const [first, again, other] = [await simulate(seed), await simulate(seed), await simulate(seed + 1_000)];
    assertEquals(first.trace, again.trace);
    assertNotEquals(first.trace, other.trace);
  }
});

Deno.test("the parties see every message, every kind of step and every way to lose a peer", async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SAMPLE; seed++) {
    for (const line of (await simulate(seed)).trace) {
      for (const word of line.match(/[a-z][a-z_-]+/g) ?? []) seen.add(word);
    }
  }
  const messages = ["dial", "hello", "ping", "goodbye", "get_library", "library_delta"];
  const steps = [
    "crashes",
    "leaves",
    "starts",
    "elsewhere",
    "breaks",
    "silently",
    "freezes",
    "undoes",
    "hand",
  ];
  for (const word of [...messages, ...steps, "timeout", "peer-lost"]) {
    assert(seen.has(word), `no ${word} in any party`);
  }
});
