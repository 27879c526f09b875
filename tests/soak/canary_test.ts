import { assertEquals } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Canary } from "./canary.ts";
import { leftOnMachine } from "./leftovers.ts";

async function planted() {
  const dir = await TempDir.make();
  await dir.mkdir("games/quake");
  return { dir, canary: await Canary.plant(dir.path, ["quake"]) };
}

Deno.test("what a peer may write is none of the canary's business", async () => {
  const { dir, canary } = await planted();
  await using _ = dir;
  for (const path of ["games/quake/a.bin", "state/peer.json", "tmp/x", "games/hog.bin"]) {
    await dir.write(path, "x");
  }
  assertEquals(await canary.problems(), []);
});

Deno.test("a file beside the games that is changed, touched, removed or new is told", async () => {
  const { dir, canary } = await planted();
  await using _ = dir;
  await dir.write("games/shopping.txt", "beer");
  await Deno.utime(dir.join("outside/diary.txt"), 1, 1);
  await Deno.remove(dir.join("games/keepsakes/saves/letter.txt"));
  await dir.write("games/quake2/version.ini", "1");
  assertEquals((await canary.problems()).sort(), [
    "games/keepsakes/saves/letter.txt is missing",
    "games/quake2/version.ini is too much",
    "games/shopping.txt differs",
    "outside/diary.txt differs",
  ]);
});

Deno.test("leftOnMachine() tells a folder that is still there, and a process that still works in it", async () => {
  const dir = await TempDir.make();
  {
    await using _ = dir;
    await using stack = new AsyncDisposableStack();
    if (Deno.build.os === "linux") {
      const args = ["-c", "read line", dir.path];
      const child = new Deno.Command("sh", { args, stdin: "piped" }).spawn();
      stack.defer(async () => {
        await child.stdin.close();
        await child.status;
      });
      assertEquals(await leftOnMachine(dir.path), [`the folder ${dir.path}`, `the process ${child.pid}`]);
    }
  }
  assertEquals(await leftOnMachine(dir.path), []);
});
