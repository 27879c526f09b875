/**
 * What all commands have in common that talk to the running peer: arguments, the client, how failures are told.
 *
 * @module
 */

import { isCode, messageOf } from "../base/errors.ts";
import { type ClientOptions, readClientOptions } from "./client_options.ts";
import { ControlClient, RefusedError } from "./control_client.ts";
import { complain, print } from "./output.ts";

/** What a command works with. */
export interface ClientContext extends ClientOptions {
  client: ControlClient;
  /** The first operand: a game id, where the command takes one. */
  game_id: string;
  is_json: boolean;
  signal: AbortSignal;
}

/** Runs a command against the running peer; gives its exit code. Throws only `usage`. */
export async function runClient(
  name: string,
  args: readonly string[],
  run: (context: ClientContext) => Promise<number>,
): Promise<number> {
  const options = readClientOptions(name, args, (name) => Deno.env.get(name));
  const is_json = options.flags.has("json");
  const ending = new AbortController();
  try {
    const client = await ControlClient.find(options.state_dir);
    const game_id = options.operands[0] ?? "";
    return await run({ ...options, client, game_id, is_json, signal: ending.signal });
  } catch (error) {
    if (isCode(error, "usage")) throw error;
    await tell(error, is_json);
    return 1;
  } finally {
    ending.abort();
  }
}

/** A failure as a line for people, or as JSON for programs. */
async function tell(error: unknown, is_json: boolean): Promise<void> {
  const message = messageOf(error);
  if (!is_json) return await complain(message);
  const code = error instanceof RefusedError || error instanceof Error && "code" in error
    ? String(error.code)
    : "internal";
  await print(JSON.stringify({ ok: false, error: { code, message } }) + "\n");
}
