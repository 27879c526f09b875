/**
 * What `deno compile` is told, as tables.
 *
 * @module
 */

import { compileArgs, unusedFolders } from "../../src/dist/compile_args.ts";
import { lockedVersions } from "../../src/dist/deno_tool.ts";
import { permissionFlags } from "../../src/dist/permissions.ts";
import { fileName, hostTarget, TARGETS } from "../../src/dist/targets.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ROOT } from "./stand_in.ts";

Deno.test("no target is allowed everything by one word, and none asks while it runs", () => {
  for (const { os } of TARGETS) {
    const flags = permissionFlags(os);
    assert(!flags.includes("-A") && !flags.includes("--allow-all"), os);
    assert(flags.includes("--no-prompt"), os);
    // The runtime opens /proc for programs with every permission alone.
    assertEquals(flags.includes("--allow-import"), os === "linux");
    assertEquals(flags.includes("--deny-import"), os !== "linux");
  }
});

Deno.test("the arguments name the target, the parts and what stays out", () => {
  const [target] = TARGETS;
  assert(target);
  const args = compileArgs({ target, output: "dist/lan spread", includes: ["a.ts"], excludes: ["/c/d e"] });
  assertEquals(args[0], "compile");
  assertEquals(args.at(-1), "main.ts");
  const text = args.join("\n");
  for (
    const part of [
      "--unstable-net",
      "--v8-flags=--max-semi-space-size=4",
      "--exclude-unused-npm",
      "--target\nx86_64-unknown-linux-gnu",
      "--output\ndist/lan spread",
      "--include\na.ts",
      "--exclude\n/c/d e",
    ]
  ) assert(text.includes(part), part);
});

Deno.test("the files have the names that people look for", () => {
  assertEquals(TARGETS.map((target) => fileName(target, "1.2.3")), [
    "lanspread-1.2.3-linux-x64",
    "lanspread-1.2.3-linux-arm64",
    "lanspread-1.2.3-windows-x64.exe",
    "lanspread-1.2.3-macos-x64",
    "lanspread-1.2.3-macos-arm64",
  ]);
  assertEquals(TARGETS.map((target) => fileName(target)), [
    ...["lanspread", "lanspread", "lanspread.exe", "lanspread", "lanspread"],
  ]);
  assertEquals(hostTarget({ os: "darwin", arch: "aarch64" })?.name, "macos-arm64");
  assertEquals(hostTarget({ os: "freebsd", arch: "x86_64" }), undefined);
});

Deno.test("unused folders are looked for in every registry, by the versions of the lock file", async () => {
  const folders = unusedFolders(["/c/one", "/c/two"], new Map([["node-unrar-js", ["2.0.2"]]]));
  assertEquals(folders, ["/c/one/node-unrar-js/2.0.2/esm", "/c/two/node-unrar-js/2.0.2/esm"]);
  const versions = await lockedVersions(ROOT);
  assertEquals(versions.get("zod")?.length, 1);
  assertEquals(versions.get("@matrixai/quic")?.length, 1);
  assertEquals(versions.get("tslib")?.length, 2);
});
