import { LanspreadError } from "../../src/base/errors.ts";
import { Folders, listFolders } from "../../src/web/folders.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { Control } from "../support/control.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("one level of folders is listed, with how many of them are games", async () => {
  await using dir = await TempDir.make();
  for (const path of ["b10/x/y.txt", "b2/version.ini", ".hidden/version.ini", "file.txt"]) {
    await dir.write(path, "1.0");
  }
  await Deno.symlink(dir.join("b2"), dir.join("link"));
  await Deno.symlink(dir.join("gone"), dir.join("broken"));
  const listed = await listFolders(dir.path, undefined);
  assertEquals(listed.folders, ["b2", "b10", "link"]);
  assertEquals([listed.path, listed.parent, listed.game_count], [
    dir.path,
    dir.path.slice(0, dir.path.lastIndexOf("/")),
    2,
  ]);
});

Deno.test("without a path the home is listed, and the top has nothing above it", async () => {
  await using dir = await TempDir.make();
  assertEquals((await listFolders("", dir.path)).path, dir.path);
  assertEquals((await listFolders("/", undefined)).parent, null);
});

Deno.test("a folder is entered by its name, whatever stands in that, and its path comes back put together", async () => {
  await using dir = await TempDir.make();
  for (const name of [" spaced ", "a\\b", "..dots"]) {
    const path = await dir.mkdir(`${name}/below`);
    const listed = await listFolders(dir.path, undefined, name);
    assertEquals([listed.path, listed.folders], [path.slice(0, -"/below".length), ["below"]]);
  }
  await using control = await Control.start();
  const body = JSON.stringify({ path: dir.path, name: " spaced " });
  const answer = await control.request("POST", "/api/v1/folders", { headers: control.proper, body });
  assertEquals(Folders.parse(JSON.parse(answer.body)).path, dir.join(" spaced "));
});

Deno.test("a folder that can't be read is refused with its name", async () => {
  await using dir = await TempDir.make();
  for (const path of [dir.join("gone"), await dir.write("file", "x")]) {
    assertEquals(
      (await assertRejects(() => listFolders(path, undefined), LanspreadError, path)).code,
      "usage",
    );
  }
});

Deno.test("folders are told to nobody without the token", async () => {
  await using control = await Control.start();
  const body = JSON.stringify({ path: control.dir.path });
  const asked = (headers: Record<string, string>, text = body) =>
    control.request("POST", "/api/v1/folders", { headers, body: text });
  const { status, body: answer } = await asked(control.proper);
  assertEquals([status, Folders.parse(JSON.parse(answer)).path], [200, control.dir.path]);
  assertEquals((await asked({ "content-type": "application/json" })).status, 401);
  const wrong = await asked(control.proper, "{}");
  assertEquals(wrong.status, 400);
  assertStringIncludes(wrong.body, "path");
});
