/**
 * A source whose file is rewritten in the middle of a transfer, with real processes: the size stays, so the manifest
 * does, and only the content is another one.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import { assertSameTree, contentOf, makeGame, MIB } from "../support/games.ts";
import { Swarm } from "../support/swarm.ts";

const SIZE_BYTES = 40 * MIB;

/** Writes other content over all of a file, as a program does that keeps it open. */
async function rewriteInPlace(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for (const block of contentOf("another version", SIZE_BYTES)) {
    for (let at = 0; at < block.length;) at += await file.write(block.subarray(at));
  }
}

// The first one is seen by who watches the game root, so that it is scanned meanwhile; the second one is not.
for (const path of ["alienswarm.eti", "maps/deep/a.bsp"]) {
  Deno.test(`a download whose only source rewrites ${path} at its size never makes a mix`, async () => {
    await using swarm = await Swarm.make();
    const root = await makeGame(swarm.gameDir("source"), "alienswarm", {
      version: "1.0",
      files: { [path]: SIZE_BYTES },
    });
    const copy = `${swarm.gameDir("target")}/alienswarm`;
    await swarm.start("source", { args: ["--limit-up", "8M"] });
    const target = await swarm.start("target");
    await target.sources("alienswarm", 1);
    const ended = target.downloadEnd("alienswarm", { install: false });
    await target.event("download-progress", ({ done_bytes }) => done_bytes > MIB);
    await rewriteInPlace(`${root}/${path}`);
    // Whoever starts over by itself must have all of the new one; else there is no game, and asking again gives it.
    if ((await ended).event !== "download-finished") {
      const sentinel = await Deno.lstat(`${copy}/version.ini`).catch(() => undefined);
      assert(sentinel === undefined, "a mix was committed");
      await target.sources("alienswarm", 1);
      await target.download("alienswarm", { install: false });
    }
    await assertSameTree(root, copy);
  });
}
