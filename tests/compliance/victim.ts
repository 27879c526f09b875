/**
 * A process that listens, accepts every stream and answers nothing, until it is killed: `<engine> <identity>`.
 *
 * @module
 */

import { type Engine, ENGINES } from "./engines.ts";

const [engine, identity = ""] = Deno.args;
const open = ENGINES[engine as Engine];
const transport = await open({ hostname: "127.0.0.1", port: 0, identity: JSON.parse(identity) });
await Deno.stdout.write(new TextEncoder().encode(`${transport.port}\n`));
const held = [];
for await (const connection of transport.incoming) {
  held.push(connection);
  (async () => {
    for await (const stream of connection.incoming) held.push(stream);
  })();
}
