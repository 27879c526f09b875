/**
 * HTTP as bytes on a connection, for clients that misbehave.
 *
 * ```ts ignore
 * using connection = await open(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
 * const text = await readToEnd(connection);
 * ```
 *
 * @module
 */

import { write } from "./control.ts";
import { within } from "./deadline.ts";

/** Between two bytes of a client that drips. */
const DRIP_MS = 5;

/** A connection on which `text` was sent. */
export async function open(port: number, text = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await write(connection, text);
  return connection;
}

/** Everything that comes until the server ends the connection, in whatever way. */
export async function readToEnd(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  for (let text = "";;) {
    const count = await within("the end of the connection", connection.read(buffer)).catch(orReset);
    if (count === null) return text;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** Sends `piece` again and again until the server ends the connection. Gives what the server said. */
export async function drip(connection: Deno.Conn, piece: string): Promise<string> {
  let is_over = false;
  const reading = readToEnd(connection).finally(() => is_over = true);
  while (!is_over) {
    await write(connection, piece);
    await new Promise((resolve) => setTimeout(resolve, DRIP_MS));
  }
  return await reading;
}

/** Sends one request that asks for the end of the connection, and reads its whole answer. */
export async function ask(port: number, line = "GET / HTTP/1.1", headers = "", body = ""): Promise<string> {
  using connection = await open(port, head(port, line, `${headers}Connection: close\r\n`) + body);
  return await readToEnd(connection);
}

/** A request's header with the server's own host. */
export function head(port: number, line: string, headers = ""): string {
  return `${line}\r\nHost: 127.0.0.1:${port}\r\n${headers}\r\n`;
}

/** The status of an answer; `undefined` where there is none. */
export function statusOf(answer: string): number | undefined {
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return status === undefined ? undefined : Number(status);
}

function orReset(error: unknown): null {
  if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) return null;
  throw error;
}
