import { LanspreadError } from "../../src/base/errors.ts";
import { openNoFollow, walkByName, walkHeld } from "../../src/base/nofollow_file.ts";
import { readQuickly, writeQuickly } from "../../src/base/pace.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const PATH = "game/maps/a.bsp";
const WALKS = Deno.build.os === "linux" ? { walkHeld, walkByName } : { walkByName };
const NO_LINKS = leftOut(
  "links and pipes",
  Deno.build.os === "windows" ? "they need rights of their own on this system" : undefined,
);
const NOT_HELD = leftOut(
  "a swap in the middle of an open",
  Deno.build.os === "linux" ? undefined : "only Linux lets a folder be held",
);

/** A folder with one file in it, and another file that nobody may come to. */
async function folder(): Promise<TempDir> {
  const dir = await TempDir.make();
  await dir.write(`games/${PATH}`, "mine");
  await dir.write("elsewhere/maps/a.bsp", "precious");
  return dir;
}

async function refusal(opening: Promise<Deno.FsFile>): Promise<string> {
  const error = await within("a refusal", assertRejects(() => opening, LanspreadError));
  assertEquals(error.code, "io");
  return error.message;
}

for (const [name, walk] of Object.entries(WALKS)) {
  Deno.test(`${name}: a file below a folder is opened at its beginning, as it is`, async () => {
    await using dir = await folder();
    {
      using file = await openNoFollow(dir.join("games"), PATH, "write", walk);
      await writeQuickly(file, new TextEncoder().encode("yo"));
    }
    using file = await openNoFollow(dir.join("games"), PATH, "read", walk);
    const bytes = new Uint8Array(10);
    assertEquals(await readQuickly(file, bytes), 4);
    assertEquals(new TextDecoder().decode(bytes.subarray(0, 4)), "yone");
    using shallow = await openNoFollow(dir.join("games/game/maps"), "a.bsp", "read", walk);
    assertEquals((await shallow.stat()).size, 4);
  });

  Deno.test(`${name}: what is missing is an io error that names the path and the reason`, async () => {
    await using dir = await folder();
    for (const path of ["game/maps/b.bsp", "game/b/a.bsp", "b"]) {
      const message = await refusal(openNoFollow(dir.join("games"), path, "write", walk));
      assertStringIncludes(message, `Cannot open ${dir.join("games", path)}: `);
      assert(/(no such file|not find)/i.test(message) && !message.includes("/proc"), message);
    }
    assertEquals([...Deno.readDirSync(dir.join("games/game/maps"))].length, 1);
  });

  /** What takes the file's place after somebody looked; and which part is in the way then. */
  const SWAPS: Record<string, [part: string, swap: (dir: TempDir) => Promise<unknown>]> = {
    "a link to another file": [PATH, async (dir) => {
      await Deno.remove(dir.join("games", PATH));
      await Deno.symlink(dir.join("elsewhere/maps/a.bsp"), dir.join("games", PATH));
    }],
    "a link to nothing": [PATH, async (dir) => {
      await Deno.remove(dir.join("games", PATH));
      await Deno.symlink(dir.join("nothing"), dir.join("games", PATH));
    }],
    "a folder": [PATH, async (dir) => {
      await Deno.remove(dir.join("games", PATH));
      await dir.mkdir(`games/${PATH}`);
    }],
    "a pipe": [PATH, async (dir) => {
      await Deno.remove(dir.join("games", PATH));
      await new Deno.Command("mkfifo", { args: [dir.join("games", PATH)] }).output();
    }],
    "a link as the folder above": ["game/maps", async (dir) => {
      await Deno.rename(dir.join("games/game/maps"), dir.join("away"));
      await Deno.symlink(dir.join("elsewhere/maps"), dir.join("games/game/maps"));
    }],
    "a link as the game root": ["game", async (dir) => {
      await Deno.rename(dir.join("games/game"), dir.join("away"));
      await Deno.symlink(dir.join("elsewhere"), dir.join("games/game"));
    }],
    "a file as the folder above": ["game/maps", async (dir) => {
      await Deno.rename(dir.join("games/game/maps"), dir.join("away"));
      await dir.write("games/game/maps", "flat");
    }],
  };
  for (const [what, [part, swap]] of Object.entries(SWAPS)) {
    Deno.test({
      name: `${name}: ${what} is refused, for reading and for writing`,
      ignore: NO_LINKS && /link|pipe/.test(what),
      async fn() {
        await using dir = await folder();
        await swap(dir);
        for (const mode of ["read", "write"] as const) {
          const message = await refusal(openNoFollow(dir.join("games"), PATH, mode, walk));
          assertStringIncludes(message, `${dir.join("games", part)} should be a`);
          assertStringIncludes(message, "move it away");
        }
        assertEquals(await Deno.readTextFile(dir.join("elsewhere/maps/a.bsp")), "precious");
      },
    });
  }

  Deno.test({
    name: `${name}: the folder to start from may be reached through a link`,
    ignore: NO_LINKS,
    async fn() {
      await using dir = await folder();
      await Deno.symlink(dir.join("games"), dir.join("linked"));
      using file = await openNoFollow(dir.join("linked"), PATH, "read", walk);
      assertEquals((await file.stat()).size, 4);
    },
  });
}

Deno.test({
  name: "walkByName: a link that takes a folder's place after the first look is refused",
  ignore: NO_LINKS,
  async fn() {
    await using dir = await folder();
    const walk: typeof walkByName = (root, folders) => {
      const way = walkByName(root, folders);
      Deno.renameSync(dir.join("games/game/maps"), dir.join("away"));
      Deno.symlinkSync(dir.join("elsewhere/maps"), dir.join("games/game/maps"));
      return way;
    };
    const message = await refusal(openNoFollow(dir.join("games"), PATH, "write", walk));
    assertStringIncludes(message, `${dir.join("games/game/maps")} should be a folder`);
  },
});

/** A process that changes a path for a link and back, as fast as it can, until it is disposed. */
function swapping(path: string, target: string): AsyncDisposable {
  const program = `
    const [path, target] = ${JSON.stringify([path, target])};
    Deno.symlinkSync(target, path + ".link");
    while (true) {
      Deno.renameSync(path, path + ".real");
      Deno.renameSync(path + ".link", path);
      Deno.renameSync(path, path + ".link");
      Deno.renameSync(path + ".real", path);
    }`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", program], stderr: "null" }).spawn();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

for (const part of ["maps/a.bsp", "maps"]) {
  Deno.test({
    name: `${part} becomes a link and itself again all the time, and never leads elsewhere`,
    ignore: NOT_HELD,
    async fn() {
      await using dir = await folder();
      await using _ = swapping(dir.join("games/game", part), dir.join("elsewhere", part));
      const seen = { opened: 0, refused: 0, missing: 0 };
      const openOnce = async () => {
        try {
          using file = await openNoFollow(dir.join("games"), PATH, "write", walkHeld);
          assertEquals((await file.stat()).size, "mine".length);
          seen.opened++;
        } catch (error) {
          if (!(error instanceof LanspreadError)) throw error;
          seen[error.message.includes("became a link") ? "refused" : "missing"]++;
        }
      };
      await until("both to happen often", async () => {
        for (let n = 0; n < 100; n++) await openOnce();
        return seen.opened > 200 && seen.refused > 200;
      });
    },
  });
}
