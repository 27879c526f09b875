/**
 * Crash-safe writes, seen from the disk.
 *
 * @module
 */

import fc from "fast-check";
import {
  removeRetrying,
  renameRetrying,
  syncDirectory,
  writeFileAtomic,
} from "../../src/base/atomic_file.ts";
import { isDiskFull } from "../../src/base/errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";
import { TempDir } from "../support/temp_dir.ts";
import { print } from "../support/print.ts";

const on_windows = Deno.build.os === "windows";
const can_mount = await canMount();
if (!can_mount) print("no right to mount a tmpfs here: the test with a really full disk is left out");

const namesIn = (dir: TempDir) => [...Deno.readDirSync(dir.path)].map((entry) => entry.name).toSorted();

Deno.test("writeFileAtomic() makes a file, then replaces it, and leaves nothing beside it", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("peer.json");
  await holds(
    fc.asyncProperty(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 500 })), async (data) => {
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      await writeFileAtomic(path, data);
      assertEquals(await Deno.readFile(path), new Uint8Array(bytes));
      assertEquals(namesIn(dir), ["peer.json"]);
    }),
    { runs: 40, examples: [["a longer text"], [""], ["\u00e9\u{1f3ae}"]] },
  );
});

Deno.test("writeFileAtomic() writes a file of many megabytes whole", async () => {
  await using dir = await TempDir.make();
  const data = new Uint8Array(9_000_001).map((_, i) => i * 31);
  await writeFileAtomic(dir.join("big"), data);
  assertEquals(Deno.readFileSync(dir.join("big")).toBase64() === data.toBase64(), true);
});

Deno.test("writeFileAtomic() syncs the data before the rename and the directory after it", async () => {
  await using dir = await TempDir.make();
  const steps: string[] = [];
  const { rename } = Deno;
  const { sync } = Deno.FsFile.prototype;
  Deno.rename = (from, to) => {
    steps.push(`rename with ${Deno.readTextFileSync(from)}`);
    return rename(from, to);
  };
  Deno.FsFile.prototype.sync = function () {
    steps.push(this.statSync().isDirectory ? "sync directory" : `sync ${this.statSync().size} bytes`);
    return sync.call(this);
  };
  try {
    await writeFileAtomic(dir.join("a"), "new");
  } finally {
    Deno.rename = rename;
    Deno.FsFile.prototype.sync = sync;
  }
  assertEquals(steps, ["sync 3 bytes", "rename with new", ...(on_windows ? [] : ["sync directory"])]);
});

Deno.test({
  name: "a file with mode 0600 has it from the start and keeps it, whatever a left-over had",
  ignore: on_windows,
  async fn() {
    await using dir = await TempDir.make();
    const path = dir.join("key.pem");
    await Deno.writeTextFile(`${path}.tmp`, "left over", { mode: 0o666 });
    await Deno.chmod(`${path}.tmp`, 0o666);
    for (const data of ["one", "two"]) {
      await writeFileAtomic(path, data, { mode: 0o600 });
      assertEquals((await Deno.stat(path)).mode, 0o100600);
      assertEquals(await Deno.readTextFile(path), data);
    }
  },
});

Deno.test({
  name: "a link at the temporary path is replaced, not written through",
  ignore: on_windows,
  async fn() {
    await using dir = await TempDir.make();
    const victim = await dir.write("victim", "precious");
    await Deno.symlink(victim, dir.join("a.tmp"));
    await writeFileAtomic(dir.join("a"), "mine");
    assertEquals(await Deno.readTextFile(victim), "precious");
    assertEquals(await Deno.readTextFile(dir.join("a")), "mine");
    assert((await Deno.lstat(dir.join("a"))).isFile);
    assertEquals(namesIn(dir), ["a", "victim"]);
  },
});

Deno.test({
  name: "a link at the path itself is replaced, not written through",
  ignore: on_windows,
  async fn() {
    await using dir = await TempDir.make();
    const victim = await dir.write("victim", "precious");
    await Deno.symlink(victim, dir.join("a"));
    await writeFileAtomic(dir.join("a"), "mine");
    assertEquals(await Deno.readTextFile(victim), "precious");
    assert((await Deno.lstat(dir.join("a"))).isFile);
  },
});

Deno.test("a failed rename throws, leaves what was there and removes the temporary file", async () => {
  await using dir = await TempDir.make();
  await dir.write("a/inside", "kept");
  await assertRejects(() => writeFileAtomic(dir.join("a"), "new"));
  assertEquals(await Deno.readTextFile(dir.join("a", "inside")), "kept");
  assertEquals(namesIn(dir), ["a"]);
});

Deno.test("a folder with content at the temporary path is kept, and the old file stands", async () => {
  await using dir = await TempDir.make();
  await dir.write("a", "old");
  await dir.write("scratch/inside", "kept");
  await assertRejects(() => writeFileAtomic(dir.join("a"), "new", { temp_path: dir.join("scratch") }));
  assertEquals(await Deno.readTextFile(dir.join("a")), "old");
  assertEquals(await Deno.readTextFile(dir.join("scratch", "inside")), "kept");
});

Deno.test("a missing directory is an error that the caller sees", async () => {
  await using dir = await TempDir.make();
  await assertRejects(() => writeFileAtomic(dir.join("no", "a"), "x"), Deno.errors.NotFound);
});

Deno.test("the bytes wait at temp_path where one is given", async () => {
  await using dir = await TempDir.make();
  const temp_path = await dir.write(".version.ini.tmp", "left over");
  await dir.write("version.ini.tmp", "a file of the game");
  await writeFileAtomic(dir.join("version.ini"), "1.0", { temp_path });
  assertEquals(namesIn(dir), ["version.ini", "version.ini.tmp"]);
  assertEquals(await Deno.readTextFile(dir.join("version.ini.tmp")), "a file of the game");
});

Deno.test({
  name: "on a full disk the write fails as such, the old file stands and the temporary file is gone",
  ignore: !can_mount,
  async fn() {
    await using dir = await TempDir.make();
    await mount(dir.path, "64k");
    try {
      await writeFileAtomic(dir.join("a"), "old");
      const error = await assertRejects(() => writeFileAtomic(dir.join("a"), new Uint8Array(1 << 20)));
      assert(isDiskFull(error), String(error));
      assertEquals(await Deno.readTextFile(dir.join("a")), "old");
      assertEquals(namesIn(dir), ["a"]);
    } finally {
      await run("umount", dir.path);
    }
  },
});

Deno.test("several writers of one path at once leave one complete version, and none fails", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("config.json");
  const versions = ["a", "b", "c", "d"].map((letter, i) => letter.repeat(300_000 + i));
  await writeFileAtomic(path, versions[0] ?? "");
  for (let round = 0; round < 20; round++) {
    const results = await Promise.allSettled(versions.map((version) => writeFileAtomic(path, version)));
    const found = await Deno.readTextFile(path);
    assert(versions.includes(found), `the file holds ${found.length} bytes of no version`);
    assertEquals(results.map((result) => result.status), versions.map(() => "fulfilled"));
  }
  assertEquals(namesIn(dir), ["config.json"]);
});

Deno.test("renameRetrying(), removeRetrying() and syncDirectory() do what they say", async () => {
  await using dir = await TempDir.make();
  await dir.write("tree/a", "x");
  await renameRetrying(dir.join("tree"), dir.join("moved"));
  await syncDirectory(dir.path);
  assertEquals(namesIn(dir), ["moved"]);
  await removeRetrying(dir.join("moved"), { recursive: true });
  assertEquals(namesIn(dir), []);
  await assertRejects(() => removeRetrying(dir.join("moved")), Deno.errors.NotFound);
  await assertRejects(() => renameRetrying(dir.join("moved"), dir.join("x")), Deno.errors.NotFound);
});

async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  await using dir = await TempDir.make();
  if (!await mount(dir.path, "64k").then(() => true, () => false)) return false;
  await run("umount", dir.path);
  return true;
}

async function mount(path: string, size: string): Promise<void> {
  await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path);
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
}
