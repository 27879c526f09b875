import { LanspreadError } from "../../src/base/errors.ts";
import { join } from "../../src/base/std/path.ts";
import { defaultStateDir } from "../../src/cli/state_dir.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

type Os = typeof Deno.build.os;
type Row = [os: Os, env: Record<string, string>, expected: string[] | null];

const TABLE: Row[] = [
  ["linux", { HOME: "/users/a" }, ["/users/a", ".local", "state", "lanspread"]],
  ["linux", { HOME: "/users/a", XDG_STATE_HOME: "/state" }, ["/state", "lanspread"]],
  ["linux", { HOME: "/users/a", XDG_STATE_HOME: "" }, ["/users/a", ".local", "state", "lanspread"]],
  ["linux", { HOME: "/users/a", XDG_STATE_HOME: "relative" }, ["/users/a", ".local", "state", "lanspread"]],
  ["linux", { XDG_STATE_HOME: "/state" }, ["/state", "lanspread"]],
  ["linux", {}, null],
  ["linux", { HOME: "" }, null],
  ["darwin", { HOME: "/Users/a", XDG_STATE_HOME: "/x" }, [
    "/Users/a",
    "Library",
    "Application Support",
    "lanspread",
  ]],
  ["darwin", {}, null],
  ["darwin", { HOME: "" }, null],
  ["windows", { LOCALAPPDATA: "C:\\Users\\a\\AppData\\Local", HOME: "/x" }, [
    "C:\\Users\\a\\AppData\\Local",
    "lanspread",
  ]],
  ["windows", { HOME: "/users/a" }, null],
  ["windows", { LOCALAPPDATA: "" }, null],
];

for (const [os, env, expected] of TABLE) {
  Deno.test(`on ${os} with ${JSON.stringify(env)} the state directory is ${expected?.[0] ?? "unknown"}`, () => {
    const find = () => defaultStateDir((name) => env[name], os);
    if (expected) return assertEquals(find(), join(...expected));
    const error = assertThrows(find, LanspreadError);
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, "--state-dir");
  });
}
