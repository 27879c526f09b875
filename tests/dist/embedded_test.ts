/**
 * What the binaries of all platforms hold, read out of them.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import { UNUSED } from "../../src/dist/compile_args.ts";
import { type Embedded, NPM_FOLDER, readEmbedded } from "../../src/dist/embedded.ts";
import { findParts, missingParts } from "../../src/dist/parts.ts";
import { type Target, TARGETS } from "../../src/dist/targets.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { leftOut, print } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { buildWithStandIn, ROOT, whyNoStandIn } from "./stand_in.ts";

const WORKERS = ["src/install/expand_worker.ts", "src/install/unpack_worker.ts", "src/watch/hash_worker.ts"];

function assertWhole({ files }: Embedded, target: Target): void {
  const paths = [...files.keys()];
  const from = (name: string) => paths.filter((path) => path.startsWith(`${NPM_FOLDER}/${name}/`));
  for (const worker of WORKERS) assert(files.has(worker), worker);
  assert(from("node-unrar-js").some((path) => path.endsWith("/dist/js/unrar.wasm")), "unrar.wasm");
  const add_ons = paths.filter((path) => path.endsWith(".node"));
  assertEquals(
    add_ons.map((path) => path.split("/").slice(2, 4).join("/")),
    [target.native_package ?? []].flat(),
  );
  for (const name of ["fast-check", "pure-rand"]) assertEquals(from(name), []);
  for (const [name, folders] of Object.entries(UNUSED)) {
    // Behind the package's name stands its version.
    const within = (path: string) => path.slice(`${NPM_FOLDER}/${name}/`.length).replace(/^[^/]+\//, "");
    const isUnused = (path: string) =>
      folders.some((folder) => within(path).startsWith(folder && `${folder}/`));
    assertEquals(from(name).filter(isUnused), [], name);
  }
  assertEquals(paths.filter((path) => path.startsWith("tests/") || path.startsWith("src/dist/")), []);
}

for (const target of TARGETS) {
  const what = `the binary for ${target.name}`;
  const ignore = leftOut(what, await whyNoStandIn(target));
  Deno.test(`${what} holds workers, wasm, page and add-on, and little else`, { ignore }, async () => {
    await using dir = await TempDir.make();
    const { embedded } = await buildWithStandIn(target, dir.path);
    assertWhole(embedded, target);
    for (const path of (await findParts(ROOT)).page) assert(embedded.files.has(path), path);
    const main = await Deno.readFile(join(ROOT, "main.ts"));
    assertEquals(embedded.files.get("main.ts"), main);
    assert(embedded.own_bytes < 20 * 1024 ** 2, `${embedded.own_bytes} bytes`);
    print(`lanspread's own part for ${target.name}: ${(embedded.own_bytes / 1024 ** 2).toFixed(1)} MiB`);
    const { permissions, v8_flags, unstable_config } = embedded.metadata;
    assert(v8_flags.includes("--max-semi-space-size=4"), v8_flags.join(" "));
    assertEquals(unstable_config.features, ["net"]);
    assertEquals(permissions["prompt"], false);
    assertEquals(permissions["deny_import"], target.os === "linux" ? null : []);
    for (const name of ["net", "read", "write", "env", "run", "sys", "ffi"]) {
      assertEquals(permissions[`allow_${name}`], [], name);
    }
  });
}

Deno.test("findParts() finds the workers that an import does not lead to", async () => {
  const { workers } = await findParts(ROOT);
  assertEquals(workers, WORKERS);
});

Deno.test("findParts() finds a worker and a page that are added later", async () => {
  await using dir = await TempDir.make();
  await dir.write(
    "src/a/b.ts",
    'new Worker(new URL("../c/d_worker.ts", import.meta.url), { type: "module" })',
  );
  await dir.write("src/web/page/dist/index.html", "<!doctype html>");
  const { workers, page } = await findParts(dir.path);
  assertEquals([workers, page], [["src/c/d_worker.ts"], [
    "src/web/page/dist/index.html",
    "src/web/page/deno.json",
  ]]);
});

Deno.test("missingParts() names each part that is not there", () => {
  const parts = { workers: ["src/a_worker.ts"], page: ["src/web/page/dist/index.html"] };
  const [linux_x64, linux_arm64] = TARGETS;
  assert(linux_x64 && linux_arm64);
  const whole = new Set([
    "main.ts",
    ...parts.workers,
    ...parts.page,
    `${NPM_FOLDER}/node-unrar-js/2.0.2/dist/js/unrar.wasm`,
    `${NPM_FOLDER}/@matrixai/quic-linux-x64/1.2.12/node.napi.node`,
  ]);
  assertEquals(missingParts(whole, parts, linux_x64), []);
  for (const path of whole) {
    const lacking = new Set([...whole].filter((other) => other !== path));
    assertEquals(missingParts(lacking, parts, linux_x64).length, 1, path);
  }
  assertEquals(missingParts(new Set(), parts, linux_arm64).length, 4);
});

Deno.test("readEmbedded() refuses what deno compile did not write", () => {
  for (const text of ["", "d3n0l4nd", "a program", "d3n0l4nd\x02\0\0\0\0\0\0\0{} and nothing more"]) {
    assertThrows(() => readEmbedded(new TextEncoder().encode(text)), Error, "make it anew");
  }
});

Deno.test("readEmbedded() finds the section behind the same word in the runtime's code", () => {
  const encoder = new TextEncoder();
  const part = (text: string) => {
    const bytes = encoder.encode(text);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
    return [...length, ...bytes];
  };
  const metadata = {
    permissions: {},
    v8_flags: [],
    entrypoint_key: "main.ts",
    unstable_config: { features: [] },
  };
  const tree = [{ Dir: { n: "src", e: [{ File: { n: "a.ts", o: [2, 3] } }] } }, {
    File: { n: "b", o: [0, 1] },
  }];
  const binary = new Uint8Array([
    ...encoder.encode("code d3n0l4nd code"),
    ...encoder.encode("d3n0l4nd"),
    ...part(JSON.stringify(metadata)),
    ...part("snapshot"),
    ...new Uint8Array(12),
    ...part(JSON.stringify(tree)),
    ...part("abcdef"),
    ...encoder.encode("d3n0l4nd"),
  ]);
  const { files } = readEmbedded(binary);
  const texts = [...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]);
  assertEquals(texts, [["src/a.ts", "cde"], ["b", "a"]]);
});
