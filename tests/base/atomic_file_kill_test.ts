/**
 * A process that is killed while it rewrites a file leaves one complete version of it.
 *
 * The child rewrites as fast as it can and is ended by SIGKILL at a random moment. That shows the order of
 * the steps; what a power cut does to unsynced data is not seen this way (see `atomic_file_test.ts`).
 *
 * @module
 */

import fc from "fast-check";
import { fromFileUrl } from "../../src/base/std/path.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { holds } from "../support/seeds.ts";
import { TempDir } from "../support/temp_dir.ts";

const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));
const MODULE = new URL("../../src/base/atomic_file.ts", import.meta.url).href;

/** A version fills a few writes, and tells its number at both ends. */
const versionText = (n: number) => `${n}\n${"0123456789abcdef".repeat(20_000)}\n${n}\n`;

const CHILD = `
  import { writeFileAtomic } from ${JSON.stringify(MODULE)};
  const versionText = ${versionText};
  for (let n = 0; ; n++) await writeFileAtomic(Deno.args[0], versionText(n), { mode: 0o600 });`;

Deno.test("a process killed at a random moment leaves one complete version of the file", async () => {
  const last_versions = new Set<number>();
  let left_overs = 0;
  await holds(
    fc.asyncProperty(fc.nat({ max: 3_000 }), async (spins) => {
      await using dir = await TempDir.make();
      const path = dir.join("library.json");
      await killWhileRewriting(path, spins);
      const text = await Deno.readTextFile(path);
      const n = Number(text.slice(0, text.indexOf("\n")));
      assert(text === versionText(n), `${text.length} bytes, beginning with ${text.slice(0, 20)}`);
      if (Deno.build.os !== "windows") assertEquals((await Deno.stat(path)).mode, 0o100600);
      left_overs += [...Deno.readDirSync(dir.path)].length - 1;
      last_versions.add(n);
    }),
    { runs: 8, keep_first_failure: true },
  );
  assert(last_versions.size > 1 || left_overs > 0, "the child was never killed in the middle of its work");
});

async function killWhileRewriting(path: string, spins: number): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--config", CONFIG, CHILD, path],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until("the first version", () => Deno.stat(path).then(() => true, () => false));
    // The moment is random by how long this takes; nothing depends on how long that is.
    for (let i = 0; i < spins; i++) await Deno.lstat(path);
  } finally {
    child.kill("SIGKILL");
    await within("the end of the child", child.status);
  }
}
