import fc from "fast-check";
import { MAX_SENTINEL_BYTES } from "../../src/proto/limits.ts";
import type { ManifestFile } from "../../src/proto/manifest.ts";
import { ManifestPath } from "../../src/proto/paths.ts";
import { payloadProblem, walkPayload } from "../../src/watch/walk.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";
import { TempDir } from "../support/temp_dir.ts";

const ON_LINUX = Deno.build.os === "linux";
const NO_LINKS = Deno.build.os === "windows";
const WHY_NO_LINKS = NO_LINKS ? " (skipped: Windows needs a privilege for links)" : "";
const WHY_LINUX = ON_LINUX ? "" : " (skipped: only Linux lets such a name stand)";

const signal = new AbortController().signal;

async function makeGame(files: Record<string, string | Uint8Array> = {}): Promise<TempDir> {
  const dir = await TempDir.make();
  for (const [path, data] of Object.entries({ "version.ini": "1.0", ...files })) await dir.write(path, data);
  return dir;
}

Deno.test("walkPayload() lists every file with its size, nested version.ini included", async () => {
  await using dir = await makeGame({ "a.eti": "12345", "maps/deep/b.bsp": "", "maps/version.ini": "nested" });
  await dir.mkdir("empty/folder");
  const payload = await walkPayload(dir.path, signal);
  assertEquals(payload.files.toSorted((a, b) => a.path < b.path ? -1 : 1), [
    file("a.eti", 5),
    file("maps/deep/b.bsp", 0),
    file("maps/version.ini", 6),
    file("version.ini", 3),
  ]);
  assertEquals({ ...payload, files: [] }, { files: [], total_bytes: 14, problem: null, settled: true });
});

Deno.test("walkPayload() lists nothing that belongs to the user or to lanspread", async () => {
  await using dir = await makeGame({
    "local/save.dat": "x",
    ".local.backup/old": "x",
    ".local.installing/new": "x",
    ".version.ini.tmp": "x",
    ".version.ini.discarded": "x",
    ".lanspread.json": "x",
    ".lanspread/index.json": "x",
    "data/local/kept": "x",
    "data/.lanspread_kept": "x",
    ".hidden": "x",
  });
  const paths = (await walkPayload(dir.path, signal)).files.map((entry) => entry.path).sort();
  assertEquals<string[]>(paths, [".hidden", "data/.lanspread_kept", "data/local/kept", "version.ini"]);
});

Deno.test({
  name: `walkPayload() neither lists nor follows links, not even a loop${WHY_NO_LINKS}`,
  ignore: NO_LINKS,
  fn: async () => {
    await using dir = await makeGame({ "data/real": "12" });
    await using elsewhere = await makeGame({ "secret": "12345" });
    await Deno.symlink(elsewhere.path, dir.join("linked_folder"));
    await Deno.symlink(elsewhere.join("secret"), dir.join("data/linked_file"));
    await Deno.symlink(dir.path, dir.join("data/loop"));
    await Deno.symlink(dir.join("missing"), dir.join("dangling"));
    const payload = await walkPayload(dir.path, signal);
    assertEquals<string[]>(payload.files.map((entry) => entry.path).sort(), ["data/real", "version.ini"]);
    assertEquals([payload.problem, payload.total_bytes], [null, 5]);
  },
});

Deno.test({
  name: `walkPayload() lists no pipes and does not wait for them${WHY_LINUX}`,
  ignore: !ON_LINUX,
  fn: async () => {
    await using dir = await makeGame();
    const { success } = await new Deno.Command("mkfifo", { args: [dir.join("pipe")] }).output();
    assert(success);
    assertEquals((await walkPayload(dir.path, signal)).files, [file("version.ini", 3)]);
  },
});

const LINUX_PROBLEMS: [name: string, path: string, says: string][] = [
  ["a character that Windows refuses", "maps/what?.bsp", "a character that Windows does not allow"],
  ["a folder that Windows reserves", "aux/readme.txt", "is a reserved Windows name"],
  ["a trailing dot", "name.", "ends in a dot or a space"],
  ["a control character", "bell\x07", "has a control character"],
  ["a name that is not NFC", "Cafe\u0301.txt", "not in Unicode form NFC"],
];
for (const [name, path, says] of LINUX_PROBLEMS) {
  Deno.test({
    name: `walkPayload() names the file with ${name}, and counts it${WHY_LINUX}`,
    ignore: !ON_LINUX,
    fn: async () => {
      await using dir = await makeGame({ [path]: "12345", "z.txt": "1" });
      const { problem, total_bytes } = await walkPayload(dir.path, signal);
      assertStringIncludes(problem ?? "", `${JSON.stringify(path)}: `);
      assertStringIncludes(problem ?? "", says);
      assertStringIncludes(problem ?? "", "rename it");
      assertEquals(total_bytes, 9);
    },
  });
}

Deno.test({
  name: `walkPayload() names two files that differ in case only${WHY_LINUX}`,
  ignore: !ON_LINUX,
  fn: async () => {
    await using dir = await makeGame({ "maps/A.bsp": "1", "MAPS/a.bsp": "1" });
    const { problem } = await walkPayload(dir.path, signal);
    assertStringIncludes(problem ?? "", '"maps/A.bsp"');
    assertStringIncludes(problem ?? "", '"MAPS/a.bsp"');
  },
});

Deno.test({
  name: `walkPayload() names a file whose name is not valid Unicode${WHY_LINUX}`,
  ignore: !ON_LINUX,
  fn: async () => {
    await using dir = await makeGame();
    const script = 'printf x > "$1/$(printf "bad\\377.txt")"';
    assert((await new Deno.Command("sh", { args: ["-c", script, "sh", dir.path] }).output()).success);
    const { problem } = await walkPayload(dir.path, signal);
    assertStringIncludes(problem ?? "", '"bad\ufffd.txt": its name is not valid Unicode');
  },
});

Deno.test("walkPayload() stops at a payload of too many files", async () => {
  await using dir = await makeGame({ "a": "", "b": "", "c/d": "" });
  assertEquals((await walkPayload(dir.path, signal, 4)).problem, null);
  const { problem } = await walkPayload(dir.path, signal, 3);
  assertEquals(problem, "it has more than 3 files");
});

Deno.test("walkPayload() says that the sentinel is too large", async () => {
  await using dir = await makeGame({ "version.ini": new Uint8Array(MAX_SENTINEL_BYTES + 1) });
  const { problem } = await walkPayload(dir.path, signal);
  assertStringIncludes(problem ?? "", "version.ini is larger than");
});

Deno.test("walkPayload() of a root that is gone is not settled", async () => {
  await using dir = await TempDir.make();
  const payload = await walkPayload(dir.join("missing"), signal);
  assertEquals([payload.files, payload.settled], [[], false]);
});

Deno.test("walkPayload() stops when the signal aborts", async () => {
  await using dir = await makeGame();
  await assertRejects(() => walkPayload(dir.path, AbortSignal.abort(new Error("enough"))), Error, "enough");
});

Deno.test("payloadProblem() refuses a file list that no answer can carry", () => {
  const long = "x".repeat(200);
  const list = Array.from({ length: 80_000 }, (_, i) => file(`${long}${i}`, 0));
  assertEquals(payloadProblem([file("version.ini", 3), ...list.slice(0, 60_000)]), null);
  assertStringIncludes(payloadProblem([file("version.ini", 3), ...list]) ?? "", "too long to be sent");
});

Deno.test("walkPayload() finds what a simple walker finds in any tree", async () => {
  const names = ["a", "b.eti", "version.ini", "local", ".local.x", ".version.ini.tmp", ".lanspread_x", "C"];
  const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((p) => p.join("/"));
  const node = fc.record({ path, kind: fc.constantFrom("file", "file", "dir", "link"), size: fc.nat(9) });
  await holds(
    fc.asyncProperty(fc.array(node, { maxLength: 25 }), async (nodes) => {
      await using dir = await makeGame();
      for (const { path, kind, size } of nodes) await plant(dir, path, kind, size);
      const { files } = await walkPayload(dir.path, signal);
      assertEquals<unknown>(
        Object.fromEntries(files.map((entry) => [entry.path, entry.size])),
        Object.fromEntries(simpleWalk(dir.path)),
      );
    }),
    { runs: 40 },
  );
});

// A node that can't stand where another one stands already is left out.
async function plant(dir: TempDir, path: string, kind: string, size: number): Promise<void> {
  try {
    if (kind === "file") await dir.write(path, "x".repeat(size));
    if (kind === "dir") await dir.mkdir(path);
    if (kind === "link" && !NO_LINKS) await Deno.symlink(dir.path, dir.join(path));
  } catch (error) {
    assert(error instanceof Error && !(error instanceof TypeError));
  }
}

function simpleWalk(root: string, below = ""): [string, number][] {
  const found: [string, number][] = [];
  for (const entry of Deno.readDirSync(below === "" ? root : `${root}/${below}`)) {
    if (below === "" && /^(local|\.local\.|\.version\.ini\.|\.lanspread)/.test(entry.name)) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const info = Deno.lstatSync(`${root}/${path}`);
    if (info.isDirectory) found.push(...simpleWalk(root, path));
    if (info.isFile) found.push([path, info.size]);
  }
  return found;
}

function file(path: string, size: number): ManifestFile {
  return { path: ManifestPath.parse(path), size };
}
