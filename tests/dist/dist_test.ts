/**
 * `deno task compile` and `deno task dist` as they are called.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { checksumLine, describe } from "../../src/dist/dist.ts";
import { TARGETS } from "../../src/dist/targets.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import { ROOT } from "./stand_in.ts";

const TOOL = new URL("../../src/dist/dist.ts", import.meta.url).pathname;

async function runTool(args: readonly string[], env: Record<string, string>) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", TOOL, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdout: "null",
  }).output();
  return { code, err: new TextDecoder().decode(stderr) };
}

Deno.test("compile says in one line that a base binary of one's own is not there, and fails", async () => {
  await using dir = await TempDir.make();
  const { code, err } = await runTool([], { DENORT_BIN: dir.join("no denort") });
  assertEquals(code, 1, err);
  assertStringIncludes(err, `DENORT_BIN names ${dir.join("no denort")}, which can't be read; unset it`);
  assertEquals(err.trimEnd().split("\n").length, 1, err);
});

Deno.test("wrong usage is told, with exit code 2", async () => {
  const { code, err } = await runTool(["--everything"], {});
  assertEquals([code, err], [2, "dist is used as: deno task compile, or deno task dist\n"]);
});

Deno.test("a checksum line is what sha256sum --check reads", async () => {
  await using dir = await TempDir.make();
  await dir.write("lanspread", "bytes");
  const sum = createHash("sha256").update("bytes").digest("hex");
  assertEquals(await checksumLine(dir.path, "lanspread"), `${sum}  lanspread\n`);
});

Deno.test("the line about a binary tells its size, and what it can't do", () => {
  const [x64, arm64] = TARGETS;
  assert(x64 && arm64);
  const metadata = { permissions: {}, v8_flags: [], entrypoint_key: "", unstable_config: { features: [] } };
  const own_bytes = 12 * 1024 ** 2;
  const embedded = { files: new Map(), metadata, own_bytes };
  const built = { output: "dist/lanspread", bytes: 90 * 1024 ** 2, own_bytes, embedded };
  assertEquals(describe(built, x64), "dist/lanspread: 90.0 MiB, of which lanspread 12.0 MiB");
  assertStringIncludes(describe(built, arm64), "without --quic matrixai");
});
