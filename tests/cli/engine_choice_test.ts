/**
 * Which QUIC engine runs, of the whole program: what `--quic` says, and what this runtime and platform have.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const MAIN = JSON.stringify(import.meta.resolve("../../main.ts"));
/** A runtime without QUIC, and a platform that has no native binary. */
const WITHOUT_QUIC = `Reflect.deleteProperty(Deno, "QuicEndpoint");`;
const OTHER_PLATFORM =
  `Object.defineProperty((await import("node:process")).default, "arch", { value: "riscv" });`;
const LINES = ['{"id":1,"command":"status"}', '{"id":2,"command":"shutdown"}', ""].join("\n");

/** Runs `peer --jsonl` behind `before`, asks for the status and stops it. */
async function peer(
  before: string,
  ...args: string[]
): Promise<{ code: number; quic?: string; err: string }> {
  await using dir = await TempDir.make();
  const all = ["peer", "--jsonl", "--log", "error", "--interface", "127.0.0.1", ...args];
  for (const name of ["game-dir", "state-dir"]) {
    await Deno.mkdir(dir.join(name));
    all.push(`--${name}`, dir.join(name));
  }
  const script = `${before} const { main } = await import(${MAIN}); Deno.exit(await main(${
    JSON.stringify(all)
  }));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--unstable-net", script],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Who ends at once reads nothing.
  await writer.write(new TextEncoder().encode(LINES)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const answers = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes('"id":1'));
  return {
    code,
    quic: answers.map((line) => JSON.parse(line).data.quic)[0],
    err: new TextDecoder().decode(stderr),
  };
}

Deno.test("--quic auto takes the built-in engine where there is one, and matrixai where there is none", async () => {
  const [built_in, other] = await Promise.all([peer("", "--quic", "auto"), peer(WITHOUT_QUIC)]);
  assertEquals([built_in.code, built_in.quic], [0, "deno"], built_in.err);
  assertEquals([other.code, other.quic], [0, "matrixai"], other.err);
});

Deno.test("an engine that can't run here is one line that names the other one, and exit code 2", async () => {
  const [no_quic, no_binary] = await Promise.all([
    peer(WITHOUT_QUIC, "--quic", "deno"),
    peer(OTHER_PLATFORM, "--quic", "matrixai"),
  ]);
  for (const { code, err } of [no_quic, no_binary]) {
    assertEquals([code, err.trim().split("\n").length], [2, 1], err);
  }
  assertStringIncludes(no_quic.err, "--quic deno: this Deno has no QUIC built in");
  assertStringIncludes(no_quic.err, "use --quic matrixai");
  assertStringIncludes(
    no_binary.err,
    `--quic matrixai: no native binary for ${Deno.build.os} ${Deno.build.arch}`,
  );
  assertStringIncludes(no_binary.err, "use --quic deno");
});
