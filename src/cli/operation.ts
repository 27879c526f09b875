/**
 * Gives the peer a command that takes its time, and shows how it goes until it is over.
 *
 * @module
 */

import type { OperationKind } from "../peer/events.ts";
import type { Told } from "../web/answer_schemas.ts";
import { askStop } from "./ask_stop.ts";
import type { ClientContext } from "./client_command.ts";
import { Follower } from "./follower.ts";
import { complain, print } from "./output.ts";
import { openView, type ProgressView } from "./progress_view.ts";

/** Operations that can be cancelled. */
const CANCELLABLE: ReadonlySet<OperationKind | undefined> = new Set(["download", "stream-install"] as const);

/**
 * Sends the command with `send` and follows what the peer does about it, unless `--no-wait` was given. Gives the
 * exit code. Throws what the peer refuses it with, and `connection_lost`.
 */
export async function runOperation(
  context: ClientContext,
  kind: OperationKind,
  send: () => Promise<unknown>,
): Promise<number> {
  const { game_id, is_json, signal, client, flags } = context;
  if (flags.has("no-wait")) {
    await accepted(is_json, game_id, kind, await send());
    return 0;
  }
  const events = client.events(signal);
  const follower = new Follower(game_id, kind);
  const first = await events.next();
  if (!first.done) follower.hear(first.value, performance.now());
  const data = await send();
  if (is_json) await accepted(is_json, game_id, kind, data);
  return await follow(context, follower, events);
}

async function accepted(is_json: boolean, game_id: string, kind: string, data: unknown): Promise<void> {
  await print(is_json ? JSON.stringify({ ok: true, data }) + "\n" : `${game_id}: the ${kind} has begun\n`);
}

async function follow(
  context: ClientContext,
  follower: Follower,
  events: AsyncIterator<Told>,
): Promise<number> {
  await using view = openView(context.is_json);
  using interrupts = new Interrupts();
  for (let next = events.next();;) {
    const got = await Promise.race([next, interrupts.next]);
    if (got === "interrupted") {
      await view.pause();
      if (await leave(context, follower)) return 1;
      interrupts.again();
      continue;
    }
    if (got.done) return 1;
    const exit_code = await show(got.value, context, follower, view);
    if (exit_code !== undefined) return exit_code;
    next = events.next();
  }
}

/** Shows what came; gives the exit code when it was the end. */
async function show(
  told: Told,
  { game_id, is_json }: ClientContext,
  follower: Follower,
  view: ProgressView,
): Promise<number | undefined> {
  const { figures, line, end } = follower.hear(told, performance.now());
  if ("game_id" in told && told.game_id === game_id) await view.told(told);
  if (line !== undefined) await view.line(line);
  if (figures) await view.figures(figures);
  if (!end) return undefined;
  if (end.ok) await view.line(end.message);
  else if (!is_json) {
    await view[Symbol.asyncDispose]();
    await complain(end.message);
  }
  return end.ok ? 0 : 1;
}

/** Ctrl-C: `true` where the command ends and the peer goes on, `false` where the end of it is to be awaited. */
async function leave(
  { client, game_id, is_json, signal }: ClientContext,
  follower: Follower,
): Promise<boolean> {
  const can_cancel = CANCELLABLE.has(follower.operation) && !is_json;
  if (can_cancel && await askStop(game_id) === "cancel") {
    await client.command({ command: "cancel-download", game_id }, signal);
    return false;
  }
  const how = can_cancel ? `; lanspread cancel ${game_id} ends it` : "";
  if (!is_json) await complain(`the peer goes on with ${game_id}${how}`);
  return true;
}

/** Ctrl-C as something to wait for. */
class Interrupts implements Disposable {
  #pending = Promise.withResolvers<"interrupted">();
  readonly #onInterrupt = () => this.#pending.resolve("interrupted");

  constructor() {
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
  }

  get next(): Promise<"interrupted"> {
    return this.#pending.promise;
  }

  /** From now on it is another one that counts. */
  again(): void {
    this.#pending = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#onInterrupt);
  }
}
