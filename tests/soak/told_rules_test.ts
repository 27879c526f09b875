import { GameId } from "../../src/proto/ids.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import type { CommandResult, Line } from "../support/swarm.ts";
import { idFor, logProblems, toldProblems } from "./told_rules.ts";

const game_id = GameId.parse("quake");
const ACCEPTED: CommandResult = { event: "result", id: idFor(game_id, 1), command: "download", ok: true };
const FINISHED: Line = { event: "download-finished", game_id, bytes: 1, seconds: 1, verified: true };
const INSTALL: Line = { event: "install-begin", game_id, operation: "install" };

function refused(command: string, code: string): CommandResult {
  return { event: "result", id: 1, command, ok: false, error: { code, message: "so" } };
}

Deno.test("a download and its install, each with one end, break no rule", () => {
  assertEquals(
    toldProblems([ACCEPTED, FINISHED, INSTALL, { event: "install-finished", game_id }], "at rest"),
    [],
  );
});

Deno.test("an operation without an end breaks a rule at rest, and none where the peer was killed or stopped", () => {
  assertEquals(toldProblems([ACCEPTED], "at rest"), ["download of quake: 1 without an end"]);
  assertEquals([...toldProblems([INSTALL], "killed"), ...toldProblems([ACCEPTED], "stopped")], []);
  assertEquals(toldProblems([ACCEPTED, ACCEPTED], "killed"), ["download of quake: 2 without an end"]);
});

Deno.test("a second end, or one of nothing, breaks a rule", () => {
  const gone: Line = { event: "download-peers-gone", game_id };
  assertEquals(toldProblems([ACCEPTED, FINISHED, gone], "at rest"), ["download of quake: 1 ends too many"]);
  assertEquals(toldProblems([{ event: "remove-finished", game_id }], "killed"), [
    "remove of quake: 1 ends too many",
  ]);
});

Deno.test("refusals and failures that a storm explains break no rule, all others do", () => {
  const explained = [refused("install", "operation_active"), refused("cancel-download", "invalid_request")];
  assertEquals(toldProblems(explained, "at rest"), []);
  for (const wrong of [refused("install", "internal"), refused("install", "invalid_request")]) {
    assertEquals(toldProblems([wrong], "at rest").length, 1);
  }
  const failed = (code: "disk_full" | "internal" | "io"): Line[] => [
    ACCEPTED,
    { event: "download-failed", game_id, code, message: "so" },
  ];
  assertEquals(toldProblems(failed("disk_full"), "at rest"), []);
  for (const code of ["internal", "io"] as const) {
    assertEquals(toldProblems(failed(code), "at rest").length, 1);
  }
});

Deno.test("a damaged archive is explained only where a copy of this game was damaged", () => {
  const lines: Line[] = [INSTALL, {
    event: "install-failed",
    game_id,
    code: "archive_damaged",
    message: "so",
  }];
  assertEquals(toldProblems(lines, "at rest", new Set(["quake"])), []);
  assertEquals(toldProblems(lines, "at rest", new Set(["fort"])).length, 1);
});

Deno.test("a runtime that failed breaks a rule", () => {
  const line: Line = { event: "runtime-failed", component: "server", error: "gone" };
  assertStringIncludes(toldProblems([line], "killed").join(), "server: gone");
});

Deno.test("logProblems() finds errors and services that had to start again, and nothing in a usual log", () => {
  const log = [
    "2026-11-20 11:00:00.000 +00:00 [DBG] lanspread·peer: hello",
    "2026-11-20 11:00:00.000 +00:00 [ERR] lanspread·peer: push failed: TypeError",
    "2026-11-20 11:00:00.000 +00:00 [WRN] lanspread·peer: discovery failed and starts again: no",
    "error: Uncaught (in promise) TypeError: x is not a function",
  ];
  assertEquals(logProblems(log.join("\n")).length, 3);
});
