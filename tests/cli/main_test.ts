import { main } from "../../main.ts";
import { VERSION } from "../../src/base/version.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Printed } from "../support/printed.ts";
import { TempDir } from "../support/temp_dir.ts";

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  using printed = new Printed();
  const code = await main(args);
  return { code, out: printed.out, err: printed.err };
}

Deno.test("help is no failure, wherever it is asked for", async () => {
  for (const args of [["--help"], ["-h"], ["help"], ["peer", "--help"], ["nonsense", "-h"], ["run", "-h"]]) {
    const { code, out, err } = await run(...args);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "--game-dir");
  }
});

Deno.test("version prints one line", async () => {
  const { code, out } = await run("version");
  assertEquals(code, 0);
  assertEquals(
    out,
    `lanspread ${VERSION}, QUIC engine deno, Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}\n`,
  );
});

Deno.test("version --json tells a program what runs", async () => {
  const { code, out } = await run("version", "--json");
  const { version, quic, deno, is_binary } = JSON.parse(out);
  assertEquals([code, version, quic, deno, is_binary], [0, VERSION, "deno", Deno.version.deno, false]);
});

const WRONG: [args: string[], word: string][] = [
  [["dance"], "dance"],
  [["--game-dir", "/x", "--jsonl"], "--jsonl"],
  [["run", "--game-dir", ".", "--http-port", "65536"], "--http-port"],
  [["peer", "--jsonl", "--game-dir", ".", "--http-port", "1"], "--http-port"],
  [["get"], "<game>"],
  [["get", "a", "b"], "<game>"],
  [["get", "a", "--fast"], "--fast"],
  [["ls", "a"], "ls"],
  [["status", "--state-dir"], "--state-dir"],
  [["completions", "tcsh"], "bash"],
  [["toString"], "toString"],
  [["version", "--yaml"], "--json"],
  [["peer"], "--jsonl"],
  [["peer", "--jsonl", "--game-dir", ".", "--port", "http"], "--port"],
  [["peer", "--jsonl", "--verbose"], "--verbose"],
  [["catalog"], "catalog build"],
  [["catalog", "burn"], "catalog build"],
  [["catalog", "build"], "catalog build"],
  [["catalog", "build", "a", "b"], "catalog build"],
];
for (const [args, word] of WRONG) {
  Deno.test(`lanspread ${args.join(" ")} ends with one line and exit code 2`, async () => {
    const { code, out, err } = await run(...args);
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, word);
    assertEquals(err.trimEnd().split("\n").length, 1);
    assert(err.startsWith("lanspread: "));
  });
}

Deno.test("a game directory or a catalog that can't be read ends with one line and exit code 2", async () => {
  await using dir = await TempDir.make();
  const missing = dir.join("missing");
  const peer = ["peer", "--jsonl", "--log", "off", "--state-dir", dir.join("state"), "--game-dir"];
  const broken = await dir.write("catalog.json", "{");
  const cases = [[...peer, missing], [...peer, dir.path, "--catalog", broken], ["catalog", "build", missing]];
  for (const args of cases) {
    const { code, out, err } = await run(...args);
    assertEquals([code, out], [2, ""]);
    assertEquals(err.trimEnd().split("\n").length, 1);
    assertStringIncludes(err, dir.path);
  }
});

Deno.test("catalog build prints the catalog of a folder, and says what was left out", async () => {
  await using dir = await TempDir.make();
  await dir.write("game/version.ini", "1.0");
  await dir.write("readme.txt", "x");
  const { code, out, err } = await run("catalog", "build", dir.path);
  assertEquals(code, 0);
  assertEquals(JSON.parse(out).games[0].id, "game");
  assertStringIncludes(err, "readme.txt");
});
