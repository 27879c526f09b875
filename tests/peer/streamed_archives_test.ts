/**
 * Real RAR archives, installed and streamed: the same files, or the same refusal.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { IntentLog } from "../../src/install/intent.ts";
import { streamGame } from "../../src/install/stream.ts";
import { installGame } from "../../src/install/transaction.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertSameTree, filesBelow } from "../support/games.ts";
import { leftOut, print } from "../support/print.ts";
import { StreamLink } from "../support/stream_link.ts";
import { TempDir } from "../support/temp_dir.ts";

const FIXTURES = fromFileUrl(new URL("../../../shared/fixtures/rar/", import.meta.url));
const GAME = parseGameId("game");
const NEVER = new AbortController().signal;
const VOLUME = /^(.*\.part)\d+(\.rar)$/;

function fixtures(): string[] {
  try {
    return [...Deno.readDirSync(FIXTURES)].map(({ name }) => name).filter((name) => name.endsWith(".rar"))
      .sort();
  } catch {
    return [];
  }
}

const archives = fixtures();
const ignore = leftOut(
  "streamed installs of real archives",
  archives.length === 0 ? `there are no archives at ${FIXTURES}` : undefined,
);

/** A downloaded game with this archive; of a first volume with all others beside it. Gives its root. */
async function makeGame(dir: TempDir, archive: string): Promise<string> {
  const root = await dir.mkdir("source/game");
  const [, head, tail] = /part0*1\./.test(archive) ? VOLUME.exec(archive) ?? [] : [];
  const is_part = (name: string) => head !== undefined && name.startsWith(head) && name.endsWith(tail ?? "");
  for (const name of archives.filter((name) => name === archive || is_part(name))) {
    await Deno.copyFile(join(FIXTURES, name), `${root}/${name.replace(/\.rar$/, ".eti")}`);
  }
  await dir.write("source/game/version.ini", "1.0");
  return root;
}

/** The result, or the code of the refusal. */
async function outcome(action: () => Promise<{ files: number; bytes: number }>): Promise<string> {
  try {
    return JSON.stringify(await action());
  } catch (error) {
    assert(error instanceof LanspreadError, String(error));
    // Either names the archive, or the game where there is none to begin with.
    assert(/\.eti|game holds/.test(error.message), error.message);
    return error.code;
  }
}

async function folders(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    if (isDirectory) {
      found.push(
        name,
        ...(await folders(join(root, name))).map((below) => `${name}/${below}`),
      );
    }
  }
  return found.sort();
}

async function times(root: string): Promise<(number | undefined)[]> {
  const paths = [...await filesBelow(root), ...await folders(root)];
  return await Promise.all(
    paths.map(async (path) => (await Deno.stat(join(root, path))).mtime?.getTime()),
  );
}

Deno.test({
  name: "every real archive comes out of a streamed install as it comes out of an install",
  ignore,
  fn: async () => {
    const counts = { same: 0, refused: 0 };
    for (const archive of archives) {
      await using dir = await TempDir.make();
      const source_root = await makeGame(dir, archive);
      const game_root = dir.join("games/game");
      await dir.mkdir("games");
      const options = { game_id: GAME, intents: new IntentLog(dir.join("state")), signal: NEVER };
      const streamed = await outcome(async () => {
        await using link = await StreamLink.open(dir.join("source"));
        using tree = await link.stream("game");
        return await streamGame({ ...options, game_root, tree });
      });
      const installed = await outcome(() => installGame({ ...options, game_root: source_root }));
      assertEquals(streamed, installed, archive);
      if (installed.startsWith("{")) {
        await assertSameTree(`${source_root}/local`, `${game_root}/local`);
        assertEquals(await folders(`${game_root}/local`), await folders(`${source_root}/local`), archive);
        // A folder that the archive does not name has the time of its making.
        if (!archive.includes("multi")) {
          assertEquals(await times(`${game_root}/local`), await times(`${source_root}/local`), archive);
        }
        assertEquals((await Array.fromAsync(Deno.readDir(game_root))).map(({ name }) => name), ["local"]);
        counts.same++;
      } else {
        assertEquals(await Array.fromAsync(Deno.readDir(dir.join("games"))), [], archive);
        counts.refused++;
      }
    }
    print(`${counts.same} archives streamed as installed, ${counts.refused} refused alike`);
    assert(counts.same > 10 && counts.refused > 10);
  },
});
