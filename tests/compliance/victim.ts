/**
 * A process that listens, accepts every stream and answers nothing, until it is killed.
 *
 * @module
 */

import { openDenoQuic } from "../../src/peer/transport/deno_quic.ts";

const identity = JSON.parse(Deno.args[0] ?? "");
const transport = await openDenoQuic({ hostname: "127.0.0.1", port: 0, identity });
await Deno.stdout.write(new TextEncoder().encode(`${transport.port}\n`));
const held = [];
for await (const connection of transport.incoming) {
  held.push(connection);
  (async () => {
    for await (const stream of connection.incoming) held.push(stream);
  })();
}
