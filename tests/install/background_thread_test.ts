import { unpack } from "../../src/install/unpack.ts";
import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { MIB } from "../support/games.ts";
import { niceValues, no_nice_values } from "../support/nice_values.ts";
import { leftOut } from "../support/print.ts";
import { writeStoredRar5 } from "../support/rar_writer.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test({
  name: "one thread gives way while an archive unpacks, the others don't",
  ignore: leftOut("the unpacking thread's priority", no_nice_values),
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
