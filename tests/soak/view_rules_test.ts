import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { expectedList, type HeldGame, viewProblems } from "./view_rules.ts";
import type { GameEntry } from "../../src/peer/events.ts";

const held = (version?: number, installed?: number): HeldGame => ({ version, installed });

Deno.test("expectedList() wants the newest version that anybody reachable has, and counts who has it", () => {
  const others = [
    new Map([["quake", held(9)]]),
    new Map([["quake", held(10)]]),
    new Map([["quake", held(10)]]),
  ];
  const [entry] = expectedList(new Map([["quake", held(9, 8)]]), others);
  assertEquals([entry?.version, entry?.peer_count, entry?.local_version], ["10", 2, "8"]);
  assertEquals([entry?.downloaded, entry?.installed, entry?.availability], [true, true, "ready"]);
});

Deno.test("expectedList() tells an install that nobody can serve from a game that only others have installed", () => {
  const [own] = expectedList(new Map([["quake", held(undefined, 3)]]), []);
  assertEquals([own?.version, own?.availability, own?.peer_count], ["3", "local_only", 0]);
  const [foreign] = expectedList(new Map(), [new Map([["quake", held(undefined, 3)]])]);
  assertEquals([foreign?.version, foreign?.availability], [null, "unavailable"]);
});

Deno.test("viewProblems() finds a game too many, one too few, and each field that is not true", () => {
  const truth = expectedList(new Map([["quake", held(2)]]), [new Map([["fort", held(1)]])]);
  const list = truth.map((entry): GameEntry => ({ ...entry, name: "", size: 1, downloaded_version: null }));
  assertEquals(viewProblems("p0", truth, list), []);
  assertStringIncludes(viewProblems("p0", truth, list.slice(1)).join(), "does not show fort");
  assertStringIncludes(viewProblems("p0", truth.slice(1), list).join(), "shows fort, which nobody has");
  for (const wrong of [{ peer_count: 7 }, { installed: true }, { operation: "install" as const }]) {
    const doctored = list.map((entry) => entry.id === "quake" ? { ...entry, ...wrong } : entry);
    assertEquals(viewProblems("p0", truth, doctored).length, 1);
  }
});
