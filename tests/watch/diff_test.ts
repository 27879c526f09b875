import fc from "fast-check";
import { GameSummary } from "../../src/proto/library.ts";
import { diffLibraries, isEmptyDiff } from "../../src/watch/diff.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

function game(id: string, more: Partial<Record<keyof GameSummary, unknown>> = {}): GameSummary {
  return GameSummary.parse({
    id,
    name: id,
    version: "1.0",
    size: 10,
    downloaded: true,
    installed: false,
    manifest_hash: "a".repeat(64),
    availability: "ready",
    ...more,
  });
}

Deno.test("diffLibraries() tells what was added, updated and removed, sorted by id", () => {
  const diff = diffLibraries(
    [game("gone"), game("same"), game("new_version"), game("also_gone")],
    [game("fresh"), game("new_version", { version: "2" }), game("a_fresh"), game("same")],
  );
  assertEquals(diff.added, [game("a_fresh"), game("fresh")]);
  assertEquals(diff.updated, [game("new_version", { version: "2" })]);
  assertEquals<string[]>(diff.removed, ["also_gone", "gone"]);
  assert(!isEmptyDiff(diff));
});

Deno.test("diffLibraries() is empty for equal libraries in another order", () => {
  const diff = diffLibraries([game("a"), game("b")], [game("b"), game("a")]);
  assertEquals(diff, { added: [], updated: [], removed: [] });
  assert(isEmptyDiff(diff));
});

const OTHER: Record<Exclude<keyof GameSummary, "id">, unknown> = {
  name: "Another name",
  version: null,
  size: 11,
  downloaded: false,
  installed: true,
  manifest_hash: null,
  availability: "local_only",
};
for (const [field, value] of Object.entries(OTHER)) {
  Deno.test(`diffLibraries() sees a change of ${field} alone`, () => {
    const after = game("a", { [field]: value });
    assertEquals(diffLibraries([game("a")], [after]), { added: [], updated: [after], removed: [] });
  });
}

Deno.test("diffLibraries() leads from any library to any other", async () => {
  const library = fc.uniqueArray(
    fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e"), size: fc.nat(1) }),
    { selector: (entry) => entry.id },
  ).map((entries) => entries.map(({ id, size }) => game(id, { size })));
  await holds(fc.property(library, library, (before, after) => {
    const { added, updated, removed } = diffLibraries(before, after);
    const result = new Map(before.map((entry) => [entry.id, entry]));
    for (const id of removed) assert(result.delete(id));
    for (const entry of updated) assert(result.has(entry.id) && result.set(entry.id, entry));
    for (const entry of added) assert(!result.has(entry.id) && result.set(entry.id, entry));
    assertEquals(result, new Map(after.map((entry) => [entry.id, entry])));
  }));
});
