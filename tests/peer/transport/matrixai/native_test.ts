import { LanspreadError } from "../../../../src/base/errors.ts";
import { loadQuiche } from "../../../../src/peer/transport/matrixai/native.ts";
import { assertEquals, assertRejects } from "../../../support/assert.ts";
import { leftOut } from "../../../support/print.ts";

Deno.test("a missing native binary is one clear error that names the platform and the other engine", async () => {
  const load = () =>
    Promise.reject(new Error("Failed requiring possible native bindings: a,b\n    at x.js:1"));
  const error = await assertRejects(() => loadQuiche(load), LanspreadError);
  assertEquals(error.code, "usage");
  for (const part of [Deno.build.os, Deno.build.arch, "--quic matrixai", "use --quic deno"]) {
    assertEquals(error.message.includes(part), true, `${part} in: ${error.message}`);
  }
  assertEquals(error.message.includes("\n"), false, error.message);
});

const ignore = leftOut(
  "nothing of quiche is loaded before it is asked for",
  Deno.build.os === "linux" ? undefined : "only Linux tells what a process has loaded",
);

Deno.test("nothing of quiche is loaded before it is asked for", { ignore }, async () => {
  // Importing the composition root is what every start does.
  const root = JSON.stringify(import.meta.resolve("../../../../src/peer/peer.ts"));
  const script = `await import(${root});
    console.log((await Deno.readTextFile("/proc/self/maps")).includes(".napi.node"));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--unstable-net", script],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "false", new TextDecoder().decode(stderr));
});

Deno.test("the pinned version has native binaries for Windows, macOS and Linux", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../../../../deno.lock", import.meta.url)));
  const { npm }: { npm: Record<string, unknown> } = lock;
  const version = Object.keys(npm).find((name) => name.startsWith("@matrixai/quic@"))?.split("@")[2];
  for (const platform of ["linux-x64", "win32-x64", "darwin-x64", "darwin-arm64"]) {
    assertEquals(Object.keys(npm).includes(`@matrixai/quic-${platform}@${version}`), true, platform);
  }
});
