import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import type { RootLook } from "./disk_look.ts";
import { installedVersion, installProblems, sentinelProblems, strangeNames } from "./disk_rules.ts";
import type { TrueVersion } from "./games.ts";

function version(n: number): TrueVersion {
  return {
    payload: new Map([["a.eti", `archive ${n}`], [`maps/only_${n}`, "x"]]),
    local: new Map([["game.exe", `program ${n}`], ["which.txt", `${n}`]]),
  };
}

const VERSIONS = new Map([[1, version(1)], [2, version(2)]]);
const WHOLE: RootLook = {
  game_id: "quake",
  version: "1",
  payload: version(1).payload,
  local: version(2).local,
  names: ["a.eti", "local", "maps", "version.ini"],
};

function problems(look: RootLook): string[] {
  return [
    ...sentinelProblems(look, VERSIONS),
    ...installProblems(look, VERSIONS),
    ...strangeNames(look, VERSIONS, false),
  ];
}

Deno.test("a whole version beside an install of another whole version breaks no rule", () => {
  assertEquals(problems(WHOLE), []);
  assertEquals(installedVersion(version(2).local, VERSIONS), 2);
});

Deno.test("half a game without a sentinel and without an install breaks no rule", () => {
  const payload = new Map([["a.eti", "half"]]);
  assertEquals(problems({ ...WHOLE, version: undefined, payload, local: undefined }), []);
});

Deno.test("a sentinel on a missing, a wrong or a left-over file breaks a rule that names the file", () => {
  const missing = new Map([["a.eti", "archive 1"]]);
  const wrong = new Map([...version(1).payload, ["a.eti", "archive 2"]]);
  const left_over = new Map([...version(1).payload, ["maps/only_2", "x"]]);
  const told = [missing, wrong, left_over].map((payload) => problems({ ...WHOLE, payload }).join());
  assertStringIncludes(told[0] ?? "", "maps/only_1 is missing");
  assertStringIncludes(told[1] ?? "", "a.eti differs");
  assertStringIncludes(told[2] ?? "", "maps/only_2 is too much");
});

Deno.test("a sentinel that names a version that never was breaks a rule", () => {
  for (const version of ["3", "", "latest"]) {
    assertStringIncludes(problems({ ...WHOLE, version }).join(), "never was");
  }
});

Deno.test("an install that is a mix of two versions, or half of one, breaks a rule", () => {
  const mixed = new Map([["game.exe", "program 1"], ["which.txt", "2"]]);
  const half = new Map([["game.exe", "program 1"]]);
  for (const local of [mixed, half, new Map()]) {
    assertStringIncludes(problems({ ...WHOLE, local }).join(), "local/ is no version");
  }
});

Deno.test("names in a root that are neither the game's nor scratch break a rule, and scratch does at rest", () => {
  assertEquals(strangeNames({ ...WHOLE, names: ["a.eti", "passwd"] }, VERSIONS, false), [
    "quake: passwd should not be there",
  ]);
  const at_work = { ...WHOLE, names: [".local.installing", ".version.ini.tmp", "a.eti"] };
  assertEquals(strangeNames(at_work, VERSIONS, false), []);
  assertEquals(strangeNames(at_work, VERSIONS, true).length, 1);
});
