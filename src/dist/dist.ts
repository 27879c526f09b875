/**
 * `deno task compile`: the binary for this machine. `deno task dist`: those for all platforms, with their checksums.
 *
 * What can't be made is told in one sentence each, the others are made, and the exit code is 1.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { dirname, fromFileUrl, join } from "../base/std/path.ts";
import { VERSION } from "../base/version.ts";
import { buildBinary, type Built } from "./build.ts";
import { runTool } from "./deno_tool.ts";
import { fileName, hostTarget, type Target, TARGETS } from "./targets.ts";

const ROOT = dirname(fromFileUrl(new URL("../../deno.json", import.meta.url)));
const USAGE = "dist is used as: deno task compile, or deno task dist";

/** Makes what `args` ask for into `folder`. Gives the exit code; throws `usage`. */
export async function runDist(
  args: readonly string[],
  { folder = join(ROOT, "dist"), signal }: { folder?: string; signal: AbortSignal },
): Promise<number> {
  if (args.length > 1 || args.length === 1 && args[0] !== "--all") throw new LanspreadError("usage", USAGE);
  await Deno.mkdir(folder, { recursive: true });
  const is_all = args[0] === "--all";
  const host = hostTarget();
  if (!is_all && !host) {
    throw new LanspreadError("usage", `there is no Deno for ${Deno.build.os} ${Deno.build.arch}`);
  }
  const wanted = is_all ? TARGETS : TARGETS.filter((target) => target === host);
  const sums: string[] = [];
  if (is_all) await Deno.remove(join(folder, "SHA256SUMS")).catch(() => {});
  for (const target of wanted) {
    const name = fileName(target, is_all ? VERSION : undefined);
    if (await make(target, join(folder, name), signal)) sums.push(await checksumLine(folder, name));
  }
  if (is_all && sums.length > 0) await Deno.writeTextFile(join(folder, "SHA256SUMS"), sums.join(""));
  return sums.length === wanted.length ? 0 : 1;
}

async function make(target: Target, output: string, signal: AbortSignal): Promise<boolean> {
  try {
    const built = await buildBinary({ target, root: ROOT, output, base_binary: ownBase(target) }, signal);
    if (target === hostTarget()) await tryOut(output, signal);
    await print(Deno.stdout, `${describe(built, target)}\n`);
    return true;
  } catch (error) {
    await Deno.remove(output).catch(() => {});
    await print(Deno.stderr, `${messageOf(error)}\n`);
    return false;
  }
}

/** A base binary that the user names is one of this machine. */
function ownBase(target: Target): string | undefined {
  return target === hostTarget() ? Deno.env.get("DENORT_BIN") || undefined : undefined;
}

/** A binary that was made from something else than Deno's part does not run. */
async function tryOut(output: string, signal: AbortSignal): Promise<void> {
  const { stdout } = await runTool(output, ["version"], { cwd: ROOT, signal });
  if (stdout.startsWith(`lanspread ${VERSION},`)) return;
  throw new LanspreadError(
    "io",
    `${output} does not run; where DENORT_BIN is set it must name the denort of Deno ${Deno.version.deno}`,
  );
}

/** The line about a binary. */
export function describe({ output, bytes, own_bytes }: Built, { native_package }: Target): string {
  const lack = native_package ? "" : "; without --quic matrixai, which has no native part for this platform";
  return `${output}: ${inMiB(bytes)} MiB, of which lanspread ${inMiB(own_bytes)} MiB${lack}`;
}

function inMiB(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

/** As `sha256sum --check` reads it. */
export async function checksumLine(folder: string, name: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(join(folder, name));
  for await (const chunk of file.readable) hash.update(chunk);
  return `${hash.digest("hex")}  ${name}\n`;
}

async function print(to: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

if (import.meta.main) {
  try {
    Deno.exit(await runDist(Deno.args, { signal: new AbortController().signal }));
  } catch (error) {
    await print(Deno.stderr, `${messageOf(error)}\n`);
    Deno.exit(2);
  }
}
