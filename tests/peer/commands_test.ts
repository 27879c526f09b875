import { LanspreadError } from "../../src/base/errors.ts";
import { commandName, parseCommand } from "../../src/peer/commands.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

const VALID: Record<string, unknown>[] = [
  { command: "list-games" },
  { command: "get-game", game_id: "game" },
  { command: "download", game_id: "game" },
  { command: "download", game_id: "game", install: false },
  { command: "fetch-latest", game_id: "game" },
  { command: "cancel-download", game_id: "game" },
  { command: "install", game_id: "game" },
  { command: "update", game_id: "game" },
  { command: "uninstall", game_id: "game" },
  { command: "remove-downloaded", game_id: "game" },
  { command: "launch", game_id: "game" },
  { command: "launch", game_id: "game", what: "server" },
  { command: "change-settings", name: "den", install: false, limit_up: 10_240, limit_down: null },
  { command: "change-settings", limit_up: 1_099_511_627_776 },
  { command: "list-peers" },
  { command: "peer-count" },
  { command: "connect", addr: "127.0.0.1:5477" },
  { command: "connect", addr: "[fe80::1]:5477" },
  { command: "status" },
  { command: "shutdown" },
];
for (const command of VALID) {
  Deno.test(`parseCommand() takes ${JSON.stringify(command)}, and drops what else stands there`, () => {
    assertEquals({ ...parseCommand({ ...command, id: 7, extra: true }) }, command as never);
  });
}

const INVALID: [unknown, ...string[]][] = [
  [null, "command"],
  [7, "command"],
  [[], "command"],
  ["status", "command"],
  [{}, "command"],
  [{ command: 7 }, "command"],
  [{ command: "format-disk" }, "format-disk", "list-games"],
  [{ command: "toString" }, "toString"],
  [{ command: "download" }, "download", "game_id"],
  [{ command: "change-settings" }, "change-settings", "nothing to change", "limit_down"],
  [{ command: "change-settings", limit_dwn: 1e6 }, "nothing to change"],
  [{ command: "change-settings", limit_up: 10_239 }, "limit_up", "less than 10240 bytes a second"],
  [{ command: "change-settings", limit_down: 0 }, "limit_down", "less than"],
  [{ command: "change-settings", limit_down: -1 }, "limit_down", "less than"],
  [{ command: "change-settings", limit_down: 1e15 }, "limit_down", "more than"],
  [{ command: "change-settings", limit_down: 20_000.5 }, "limit_down", "whole number"],
  [{ command: "change-settings", limit_down: "20M" }, "limit_down", "bytes a second"],
  [{ command: "change-settings", limit_down: Infinity }, "limit_down", "bytes a second"],
  [{ command: "change-settings", name: "" }, "name"],
  [{ command: "change-settings", name: "two\nlines" }, "name", "one line"],
  [{ command: "change-settings", install: "no" }, "install"],
  [{ command: "download", game_id: "../x" }, "game_id", "slash"],
  [{ command: "download", game_id: "local" }, "game_id", "reserved"],
  [{ command: "download", game_id: "game", install: "yes" }, "install"],
  [{ command: "launch", game_id: "game", what: "format-disk" }, "what"],
  [{ command: "connect", addr: "localhost" }, "addr", "ip:port"],
  [{ command: "connect", addr: "127.0.0.1:0" }, "addr"],
];
for (const [value, ...words] of INVALID) {
  Deno.test(`parseCommand() refuses ${JSON.stringify(value)} and says why`, () => {
    const error = assertThrows(() => parseCommand(value), LanspreadError);
    assertEquals(error.code, "invalid_request");
    for (const word of words) assertStringIncludes(error.message, word);
  });
}

Deno.test("an endless command name does not come back whole", () => {
  const name = "x".repeat(100_000);
  assertEquals(commandName({ command: name })?.length, 80);
  assertEquals(
    assertThrows(() => parseCommand({ command: name }), LanspreadError).message.length < 1_000,
    true,
  );
});

Deno.test("commandName() gives the name of a command that is not valid, too", () => {
  assertEquals(commandName({ command: "download", game_id: 7 }), "download");
  for (const value of [null, undefined, 7, "x", [], {}, { command: {} }]) {
    assertEquals(commandName(value), undefined);
  }
});
