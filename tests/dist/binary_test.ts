/**
 * The binary of this machine at work, in a folder of its own, without any cache of the user who made it. Where Deno's
 * part of a binary can't be had, what the binary holds is run by the plain runtime.
 *
 * @module
 */

import { messageOf } from "../../src/base/errors.ts";
import { join } from "../../src/base/std/path.ts";
import { VERSION } from "../../src/base/version.ts";
import { buildBinary, type Built } from "../../src/dist/build.ts";
import { fileName, hostTarget, type Target } from "../../src/dist/targets.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { leftOut, print } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { buildWithStandIn, ROOT, whyNoStandIn } from "./stand_in.ts";
import { aloneWith, unpack } from "./unpacked.ts";
import { doWholeJob } from "./whole_job.ts";

const signal = new AbortController().signal;
const host = hostTarget();

/** Makes the real binary of this machine below `folder`. */
async function buildReal(target: Target, folder: string): Promise<Built> {
  const base_binary = Deno.env.get("DENORT_BIN") || undefined;
  const output = join(folder, fileName(target));
  return await buildBinary({ target, root: ROOT, output, base_binary }, signal);
}

/** Why no real binary can be made here, found out by making one. */
async function whyNoBinary(target: Target | undefined): Promise<string | undefined> {
  if (!target) return "lanspread is not made for this platform";
  if (Deno.build.os === "windows") return "it is started with env, which Windows has not";
  await using dir = await TempDir.make();
  try {
    await buildReal(target, dir.path);
  } catch (error) {
    if (messageOf(error).includes("can't be downloaded")) return messageOf(error);
  }
  return undefined;
}

const no_binary = await whyNoBinary(host);
Deno.test(
  "the binary of this machine does a whole job in an empty folder",
  { ignore: leftOut("the real binary", no_binary) },
  async () => {
    assert(host);
    await using dir = await TempDir.make();
    const { output, bytes } = await buildReal(host, dir.path);
    print(`${fileName(host)}: ${(bytes / 1024 ** 2).toFixed(1)} MiB`);
    const program = [...aloneWith(await dir.mkdir("home")), output];
    assertStringIncludes(await versionOf(program, dir.path), `lanspread ${VERSION},`);
    await doWholeJob(program, host.native_package !== undefined);
  },
);

const no_stand_in = !host
  ? "lanspread is not made for this platform"
  : Deno.build.os === "windows"
  ? "it is started with env, which Windows has not"
  : await whyNoStandIn(host);
Deno.test(
  "what the binary of this machine holds is all that a whole job needs, with the permissions it has",
  { ignore: leftOut("what the binary holds", no_stand_in) },
  async () => {
    assert(host);
    await using dir = await TempDir.make();
    const { embedded } = await buildWithStandIn(host, dir.path);
    const program = await unpack(embedded, dir);
    assertStringIncludes(await versionOf(program, dir.path), `lanspread ${VERSION},`);
    await doWholeJob(program, host.native_package !== undefined);
  },
);

async function versionOf([program = "", ...args]: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args, "version"], cwd })
    .output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
