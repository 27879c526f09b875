import { unpack } from "../../src/install/unpack.ts";
import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { MIB } from "../support/games.ts";
import { leftOut } from "../support/print.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

/** The nice values of the process's threads by their ids. */
function niceValues(): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    try {
      const stat = Deno.readTextFileSync(`/proc/self/task/${name}/stat`);
      // The name in parentheses may hold anything; nice is the 19th field (proc(5)).
      found.set(name, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]));
    } catch {
      // It has ended.
    }
  }
  return found;
}

Deno.test({
  name: "one thread gives way while an archive unpacks, the others don't",
  ignore: leftOut(
    "the thread's priority",
    Deno.build.os === "linux" ? undefined : "only Linux has one for each",
  ),
  fn: async () => {
    await using dir = await TempDir.make();
    const data = (_: number, length: number) => new Uint8Array(length);
    await writeStoredRar5(dir.join("a.eti"), [{ name: "a", size: 200 * MIB, data }]);
    const cancel = new AbortController();
    const destination = await dir.mkdir("out");
    const running = unpack({ archives: [dir.join("a.eti")], destination, signal: cancel.signal })
      .catch(() => {});
    try {
      const nice = await until("a thread gives way", () => {
        const found = [...niceValues().values()].filter((value) => value > 0);
        return found.length > 0 && found;
      });
      assertEquals(nice, [10]);
      assertEquals(niceValues().get(String(Deno.pid)), 0);
    } finally {
      cancel.abort();
      await running;
    }
  },
});
