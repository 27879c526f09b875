/**
 * Namespaces of tests that were killed.
 *
 * @module
 */

import { assert, assertEquals } from "./assert.ts";
import { until } from "./deadline.ts";
import { Cable, HostProcess, whyNoNamespaces } from "./namespaces.ts";
import { leftOut } from "./print.ts";

const ignore = leftOut("namespaces of tests that were killed", await whyNoNamespaces());
const LAY = `import { Cable } from ${JSON.stringify(new URL("namespaces.ts", import.meta.url).href)};
  const cable = await Cable.lay();
  console.log(cable.names.join(" "));
  setInterval(() => {}, 1000);`;

Deno.test(
  "whoever lays a cable takes away those of tests that were killed, and no others",
  { ignore },
  async () => {
    const isThere = (name: string) => Deno.stat(`/run/netns/${name}`).then(() => true, () => false);
    await using own = await Cable.lay();
    let left: string[] = [];
    {
      await using killed = new HostProcess([Deno.execPath(), "eval", LAY]);
      left = (await until("its cable", () => killed.lines[0])).split(" ");
    }
    assertEquals(await Promise.all(left.map(isThere)), [true, true]);
    await using _next = await Cable.lay();
    assertEquals(await Promise.all(left.map(isThere)), [false, false]);
    for (const name of own.names) assert(await isThere(name));
  },
);
