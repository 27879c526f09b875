/**
 * Imports point one way. The tables below are the picture of ARCHITECTURE.md as data; a new room or a new
 * arrow is a line here, seen in review.
 *
 * Goals: every import of `src/` and `main.ts` is found, types, dynamic imports and workers included, and
 * stands in a table. Non-goals: what tests import.
 *
 * @module
 */

import { z } from "zod";
import { walk } from "../src/base/std/fs.ts";
import { fromFileUrl, join, relative, SEPARATOR } from "../src/base/std/path.ts";
import { assert, assertEquals } from "./support/assert.ts";

const BELOW_PEER = ["migration", "install", "watch", "catalog", "proto", "base"];
const BELOW_CLI = ["web", "peer", ...BELOW_PEER];

/** Which other rooms the files of a room may import. `main` is the file `main.ts`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  proto: ["base"],
  install: ["proto", "base"],
  watch: ["proto", "base"],
  catalog: ["proto", "base"],
  migration: ["install", "proto", "base"],
  peer: BELOW_PEER,
  web: ["peer", ...BELOW_PEER],
  // The page runs in a browser: what the program has for it are types.
  page: ["web", "proto"],
  cli: ["service", ...BELOW_CLI],
  demo: BELOW_CLI,
  // Build tools; nothing imports them.
  dist: ["base"],
  service: ["base"],
  main: ["cli", "demo", ...BELOW_CLI],
};

/** Single files that may import more than their room. */
const MAY_ALSO_IMPORT: Record<string, readonly string[]> = {
  "src/catalog/build.ts": ["watch"],
};

/** Only the composition root knows which transport and which discovery there is. */
const CONCRETE = /\/(deno_quic|matrixai_quic|dns_sd)\.ts$/;
const COMPOSITION_ROOT = "src/peer/peer.ts";

/** The untyped std goes through typed re-exports. */
const STD = "@std/";
const STD_WRAPPERS = "src/base/std/";

/** The sources of the page; what is made of them belongs to those who serve it. */
const PAGE = /^src\/web\/page\/(?!dist\/)/;

/** Where a name of the import map stands for a whole package, Deno finds its files below the name too. */
const WHOLE_PACKAGE = /^(npm|jsr):(@[^/]+\/)?[^/@]+@[^/]+$/;

/** What source files may read outside of `src/`. */
const OUTSIDE = ["deno.json"];

const ROOT = fromFileUrl(new URL("../", import.meta.url));
const Config = z.object({ imports: z.record(z.string(), z.string()) });
const { imports } = Config.parse(JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json"))));

/** The specifiers that `source` imports, in whatever way; "?" for one that only the running program knows. */
function importsOf(source: string): string[] {
  const code = source.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, text?: string) => text ?? " ",
  );
  const ways = [
    /\b(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"'\n]+)["']/g,
    /\bimport\s*["']([^"'\n]+)["']/g,
    /\bimport\s*\(\s*["'`]([^"'`\n]+)["'`]/g,
    /\bimport\.meta\.resolve\(\s*["'`]([^"'`\n]+)["'`]/g,
    /\bnew\s+URL\(\s*["'`]([^"'`\n]+)["'`]\s*,\s*import\.meta\.url/g,
  ];
  const found = ways.flatMap((way) => [...code.matchAll(way)].map((match) => match[1] ?? ""));
  return /\bimport\s*\(\s*[^"'`\s]|\bimport\s*\(\s*`[^`]*\$\{/.test(code) ? [...found, "?"] : found;
}

function roomOf(file: string): string | undefined {
  if (file === "main.ts") return "main";
  if (PAGE.test(file)) return "page";
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

/** What is wrong with the imports of `file`, a path below the repository with `/`. */
function wrongArrows(file: string, source: string): string[] {
  return importsOf(source).flatMap((specifier) => {
    const problem = specifier.startsWith(".")
      ? relativeProblem(file, new URL(specifier, `file:///${file}`).pathname.slice(1))
      : bareProblem(file, specifier);
    return problem ? [`${file} imports ${specifier}: ${problem}`] : [];
  });
}

function relativeProblem(file: string, target: string): string | undefined {
  if (target.startsWith("tests/")) return "the program does not know its tests";
  if (OUTSIDE.includes(target)) return undefined;
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === undefined || !(from in MAY_IMPORT)) return `${file} is in no room of the table`;
  if (to === undefined || !(to in MAY_IMPORT)) return `${target} is in no room of the table`;
  if (CONCRETE.test(target) && file !== COMPOSITION_ROOT) return `only ${COMPOSITION_ROOT} may name it`;
  const allowed = [from, ...MAY_IMPORT[from] ?? [], ...MAY_ALSO_IMPORT[file] ?? []];
  return allowed.includes(to) ? undefined : `${from} may not import ${to}`;
}

function bareProblem(file: string, specifier: string): string | undefined {
  if (specifier === "?") return "write the path down, so that it can be checked";
  if (specifier.startsWith("node:")) return undefined;
  if (specifier.startsWith(STD) && !file.startsWith(STD_WRAPPERS)) return `std comes through ${STD_WRAPPERS}`;
  const known = Object.entries(imports).some(([name, target]) =>
    name === specifier || WHOLE_PACKAGE.test(target) && specifier.startsWith(`${name}/`)
  );
  return known ? undefined : "not a name of the import map in deno.json";
}

/** The program's source by path. */
async function readSources(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of walk(join(ROOT, "src"), { includeDirs: false })) {
    if (!/\.(ts|tsx|mts|js|mjs)$/.test(entry.name) || entry.path.includes(`${SEPARATOR}dist${SEPARATOR}`)) {
      continue;
    }
    files.set(relative(ROOT, entry.path).replaceAll("\\", "/"), await Deno.readTextFile(entry.path));
  }
  const main = await Deno.readTextFile(join(ROOT, "main.ts")).catch(() => undefined);
  if (main !== undefined) files.set("main.ts", main);
  return files;
}

const sources = await readSources();

Deno.test("every import of the program points the way the tables say", () => {
  assertEquals([...sources].flatMap(([file, source]) => wrongArrows(file, source)), []);
});

Deno.test("the program's files and their imports are really found", () => {
  const counts = [...sources.values()].map((source) => importsOf(source).length);
  assert(sources.has("src/proto/message.ts") && sources.has("src/base/scope.ts"), "no sources found");
  assert(counts.reduce((sum, count) => sum + count, 0) > sources.size, "no imports found");
  assertEquals(importsOf(sources.get("src/base/scope.ts") ?? ""), ["./errors.ts"]);
});

Deno.test("the page takes nothing but types from the program", () => {
  const wrong = [...sources].filter(([file]) => PAGE.test(file)).flatMap(([file, source]) =>
    [...source.matchAll(/^import (?!type\b)[^;]*? from "((?:\.\.\/)+[^"]+)"/gm)]
      .map(([, specifier = ""]) => new URL(specifier, `file:///${file}`).pathname.slice(1))
      .filter((target) => !PAGE.test(target))
  );
  assertEquals(wrong, []);
});

Deno.test("every relative import of the program is a file", async () => {
  for (const [file, source] of sources) {
    for (const specifier of importsOf(source).filter((specifier) => specifier.startsWith("."))) {
      const target = new URL(`../${file}`, import.meta.url);
      const there = await Deno.stat(new URL(specifier, target)).then(() => true, () => false);
      assert(there, `${file} imports ${specifier}: there is no such file`);
    }
  }
});

Deno.test("no arrow of the table comes back to where it began", () => {
  const reach = (room: string): string[] =>
    (MAY_IMPORT[room] ?? []).flatMap((next) => [next, ...reach(next)]);
  for (const room of Object.keys(MAY_IMPORT)) assert(!reach(room).includes(room), `${room} reaches itself`);
  assert(!reach("install").includes("watch") && !reach("watch").includes("install"));
});

Deno.test("importsOf() finds every way to import, and nothing in comments", () => {
  const source = `
    /** import { a } from "./doc.ts"; */
    // import "./line.ts";
    import "./effect.ts";
    import a, { type b } from "./default.ts";
    import * as c from './star.ts';
    import type {
      D,
    } from "./type.ts";
    export { e } from "./export.ts";
    export * from "./export_star.ts";
    export type { F } from "./export_type.ts";
    const url = "https://example.org"; const g = await import("./dynamic.ts");
    type H = import("./import_type.ts").H;
    new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    new Worker(new URL(
      './worker2.ts',
      import.meta.url,
    ));
    const i = import.meta.resolve("./resolved.ts");
    const j = Array.from("text"); const k = new URL("./page", base);`;
  assertEquals(importsOf(source).toSorted(), [
    "./default.ts",
    "./dynamic.ts",
    "./effect.ts",
    "./export.ts",
    "./export_star.ts",
    "./export_type.ts",
    "./import_type.ts",
    "./resolved.ts",
    "./star.ts",
    "./type.ts",
    "./worker.ts",
    "./worker2.ts",
  ]);
  for (const source of ["await import(name)", "await import(`./${name}.ts`)"]) {
    assert(importsOf(source).includes("?"), source);
  }
});

const CAUGHT: Record<string, [file: string, source: string]> = {
  "base that imports proto": ["src/base/a.ts", 'import "../proto/ids.ts";'],
  "proto that imports peer for a type": ["src/proto/a.ts", 'import type { X } from "../peer/events.ts";'],
  "install that imports watch": ["src/install/a.ts", 'export * from "../watch/scan.ts";'],
  "watch that imports install": ["src/watch/a.ts", 'import { x } from "../install/state.ts";'],
  "watch that imports catalog": ["src/watch/a.ts", 'import { x } from "../catalog/catalog.ts";'],
  "install that imports catalog in a worker": [
    "src/install/a.ts",
    'new Worker(new URL("../catalog/catalog.ts", import.meta.url))',
  ],
  "catalog that imports watch outside of build.ts": ["src/catalog/a.ts", 'import "../watch/scan.ts";'],
  "migration that imports watch": ["src/migration/a.ts", 'import { x } from "../watch/index.ts";'],
  "install that imports migration": ["src/install/a.ts", 'import { x } from "../migration/legacy.ts";'],
  "peer that imports web lazily": ["src/peer/a.ts", 'const x = await import("../web/api.ts");'],
  "web that imports cli": ["src/web/a.ts", 'import "../cli/run.ts";'],
  "cli that imports its sibling demo": ["src/cli/a.ts", 'import "../demo/demo.ts";'],
  "a room that imports main": ["src/cli/a.ts", 'import "../../main.ts";'],
  "a server that names the transport": ["src/peer/server.ts", 'import "./transport/deno_quic.ts";'],
  "a command that names the discovery": ["src/cli/a.ts", 'import "../peer/discovery/dns_sd.ts";'],
  "one transport that names another": ["src/peer/transport/party.ts", 'import "./matrixai_quic.ts";'],
  "a source that imports a test": ["src/base/a.ts", 'import "../../tests/support/assert.ts";'],
  "a file in no room": ["src/a.ts", 'import "./base/clock.ts";'],
  "an unknown room": ["src/peer/a.ts", 'import "../utils/x.ts";'],
  "a version in a source": ["src/base/a.ts", 'import { z } from "npm:zod@4.6.7";'],
  "another registry": ["src/base/a.ts", 'import { z } from "jsr:@std/path";'],
  "an address": ["src/base/a.ts", 'import x from "https://example.org/x.ts";'],
  "a package that deno.json does not know": ["src/base/a.ts", 'import x from "left-pad";'],
  "a file of a package that is mapped file by file": ["src/base/std/a.ts", 'import "@std/path/posix";'],
  "std without its types": ["src/peer/a.ts", 'import { join } from "@std/path";'],
  "a path that is made up while running": ["src/cli/a.ts", "await import(`./${command}.ts`);"],
};

for (const [what, [file, source]] of Object.entries(CAUGHT)) {
  Deno.test(`the arrows catch ${what}`, () => assertEquals(wrongArrows(file, source).length, 1));
}

Deno.test("the arrows let through what the tables allow", () => {
  const fine: [string, string][] = [
    ["main.ts", 'import "./src/cli/run.ts"; import "./src/demo/demo.ts";'],
    ["src/peer/peer.ts", 'import "./transport/deno_quic.ts"; import "./discovery/dns_sd.ts";'],
    ["src/cli/service.ts", 'import "../service/systemd.ts";'],
    ["src/catalog/build.ts", 'import "../watch/scan.ts"; import "../proto/ids.ts"; import "./catalog.ts";'],
    ["src/install/unpack.ts", 'new Worker(new URL("./unpack_worker.ts", import.meta.url))'],
    ["src/base/std/path.ts", 'export * from "@std/path";'],
    ["src/proto/ids.ts", 'import { z } from "zod"; import { createHash } from "node:crypto";'],
    ["src/install/unrar.ts", 'import { x } from "node-unrar-js/dist/x.js";'],
    ["src/cli/version.ts", 'import config from "../../deno.json" with { type: "json" };'],
  ];
  assertEquals(fine.flatMap(([file, source]) => wrongArrows(file, source)), []);
});
