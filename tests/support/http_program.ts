/**
 * An HTTP server in a process of its own: prints its port, answers everything, and ends with its input.
 *
 * @module
 */

import { listenHttp } from "../../src/web/http_server.ts";
import { print } from "./print.ts";

await using http = await listenHttp(0);
http.serve(() => Promise.resolve(new Response("here")));
print(`${http.port}`);
await Deno.stdin.read(new Uint8Array(1));
