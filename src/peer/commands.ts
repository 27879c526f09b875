/**
 * What a peer can be told. A command is answered when it is accepted or refused; what follows is told by events.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError } from "../base/errors.ts";
import { LEAST_RATE, MOST_RATE } from "../base/rate_limit.ts";
import { DisplayName, GameId, SocketAddress } from "../proto/ids.ts";

const game = { game_id: GameId };

/** Bytes a second; `null` for no limit. */
const Limit = z.number({ error: "is neither a number of bytes a second nor null" })
  .int({ error: "is no whole number of bytes a second" })
  .min(LEAST_RATE, { error: `is less than ${LEAST_RATE} bytes a second, the least that works` })
  .max(MOST_RATE, { error: `is more than ${MOST_RATE} bytes a second, which limits nothing; send null` })
  .nullable().optional();
const CHANGES = {
  name: DisplayName.optional(),
  install: z.boolean().optional(),
  limit_up: Limit,
  limit_down: Limit,
};
const CHANGED = Object.keys(CHANGES);

/** Every command, by its name. */
export const Command = z.discriminatedUnion("command", [
  z.object({ command: z.literal("list-games") }),
  z.object({ command: z.literal("get-game"), ...game }),
  z.object({ command: z.literal("download"), ...game, install: z.boolean().optional() }),
  z.object({ command: z.literal("fetch-latest"), ...game, install: z.boolean().optional() }),
  z.object({ command: z.literal("cancel-download"), ...game }),
  z.object({ command: z.literal("stream-install"), ...game }),
  z.object({ command: z.literal("install"), ...game }),
  z.object({ command: z.literal("update"), ...game }),
  z.object({ command: z.literal("uninstall"), ...game }),
  z.object({ command: z.literal("remove-downloaded"), ...game }),
  z.object({ command: z.literal("launch"), ...game, what: z.enum(["game", "server"]).optional() }),
  z.object({
    command: z.literal("set-game-dir"),
    game_dir: z.string().min(1).max(4_096),
    /** Makes the folder where there is none. */
    create: z.boolean().optional(),
  }),
  z.object({ command: z.literal("change-settings"), ...CHANGES }).refine(
    (wish) => CHANGED.some((name) => name in wish),
    { error: `nothing to change; there are ${CHANGED.join(", ")}` },
  ),
  z.object({ command: z.literal("list-peers") }),
  z.object({ command: z.literal("peer-count") }),
  z.object({ command: z.literal("connect"), addr: SocketAddress }),
  z.object({ command: z.literal("status") }),
  z.object({ command: z.literal("shutdown") }),
]);
export type Command = z.infer<typeof Command>;

const NAMES: readonly string[] = Command.options.flatMap((option) => [...option.shape.command.values]);

/** Reads a command. Throws `invalid_request` and says what is wrong with which field. */
export function parseCommand(value: unknown): Command {
  const name = commandName(value);
  if (name === undefined) throw invalid('a command is an object with the field "command"');
  if (!NAMES.includes(name)) throw invalid(`unknown command "${name}"; there are ${NAMES.join(", ")}`);
  const result = Command.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid([name, ...issue?.path ?? [], issue?.message ?? "not valid"].join(": "));
}

/** The name of a command that may not be valid, to answer it by. */
export function commandName(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("command" in value)) return undefined;
  return typeof value.command === "string" ? value.command.slice(0, 80) : undefined;
}

function invalid(message: string): LanspreadError {
  return new LanspreadError("invalid_request", message);
}
