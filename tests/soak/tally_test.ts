import { GameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import type { Line } from "../support/swarm.ts";
import { operationRows, Tally } from "./tally.ts";

const game_id = GameId.parse("quake");

Deno.test("a tally counts what was done, refused and skipped, by kind and by reason", () => {
  const tally = new Tally();
  tally.note("kill", { as: "done", why: "" });
  tally.note("kill", { as: "skipped", why: "it is down" });
  tally.note("install", { as: "refused", why: "installed" });
  const rows = tally.rows();
  assertEquals(tally.count("kill"), 1);
  assert(rows.some((row) => /^kill +1 +0 +1$/.test(row)));
  assert(rows.some((row) => /^together +1 +1 +1$/.test(row)));
  assertStringIncludes(rows.at(-1) ?? "", "1 it is down, 1 installed");
});

Deno.test("operationRows() counts ends with their codes, and no chunk as an end", () => {
  const lines: Line[] = [
    { event: "download-finished", game_id, bytes: 1, seconds: 1, verified: true },
    { event: "download-failed", game_id, code: "disk_full", message: "" },
    { event: "download-cancelled", game_id },
  ];
  assertEquals(
    operationRows(lines)[0],
    "operations ended: 1 download-finished, 1 download-failed (disk_full), 1 download-cancelled",
  );
});
