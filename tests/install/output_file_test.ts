import { LanspreadError } from "../../src/base/errors.ts";
import { OutputFile } from "../../src/install/output_file.ts";
import { assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

function outputAt(path: string, size: number): OutputFile {
  const planned = { path, size, directory: false, executable: false };
  return new OutputFile({ ...planned, archive: "game.eti", replaces: false, onBytes: () => {} });
}

Deno.test("OutputFile.write() refuses the write that would exceed the declared size", async () => {
  await using dir = await TempDir.make();
  using output = outputAt(dir.join("x"), 4);
  output.create();
  output.write(new Uint8Array(3));
  const error = assertThrows(() => output.write(new Uint8Array(2)), LanspreadError, "more than the 4 bytes");
  assertEquals(error.code, "archive_damaged");
  assertEquals((await Deno.stat(dir.join("x"))).size, 3);
});

Deno.test("OutputFile.finish() takes an entry that made no file for a link", async () => {
  await using dir = await TempDir.make();
  using output = outputAt(dir.join("x"), 0);
  assertEquals(assertThrows(() => output.finish(), LanspreadError).code, "archive_unsafe");
  await assertRejects(() => Deno.lstat(dir.join("x")), Deno.errors.NotFound);
});

Deno.test("OutputFile.create() does not write through a link", async () => {
  await using dir = await TempDir.make();
  await dir.write("outside", "precious");
  await Deno.symlink(dir.join("outside"), dir.join("x"));
  using output = outputAt(dir.join("x"), 4);
  assertThrows(() => output.create());
  assertEquals(await Deno.readTextFile(dir.join("outside")), "precious");
});
