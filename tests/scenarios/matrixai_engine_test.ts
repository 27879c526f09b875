/**
 * The scenarios that are about the network once more, with `--quic matrixai` on all peers. They run in a process of
 * their own, with the engine in the environment.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";

const FILES = [
  "s01_discovery_test.ts",
  "s06_download_test.ts",
  "s18_killed_sources_test.ts",
  "s23_stream_install_test.ts",
  "s29_liveness_test.ts",
];
const SCENARIOS = ["S1", "S2", "S6", "S7", "S18", "S23", "S29", "S30"];

Deno.test(`${SCENARIOS.join(", ")} with --quic matrixai on all peers`, async () => {
  const paths = FILES.map((file) => new URL(`./${file}`, import.meta.url).pathname);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--filter", `/^(${SCENARIOS.join("|")}):/`, ...paths],
    env: { LANSPREAD_QUIC: "matrixai", NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(stdout);
  assertEquals(code, 0, `${told}\n${new TextDecoder().decode(stderr)}`);
  for (const scenario of SCENARIOS) {
    assert(told.includes(`\n${scenario}: `), `${scenario} did not run:\n${told}`);
  }
});
