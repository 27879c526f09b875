/**
 * Commands as JSON and what they are answered, the same on every way to a peer: JSON lines and HTTP.
 *
 * @module
 */

import { z } from "zod";
import { toLanspreadError } from "../base/errors.ts";
import { commandName, parseCommand } from "./commands.ts";
import type { PeerRuntime } from "./peer.ts";

/** What a command is answered: accepted with its data, or refused with a reason. */
export const CommandResult = z.discriminatedUnion("ok", [
  z.object({
    event: z.literal("result"),
    /** The command's own `id`, or `null`. */
    id: z.union([z.string(), z.number(), z.null()]),
    command: z.string().nullable(),
    ok: z.literal(true),
    data: z.unknown(),
  }),
  z.object({
    event: z.literal("result"),
    id: z.union([z.string(), z.number(), z.null()]),
    command: z.string().nullable(),
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);
export type CommandResult = z.infer<typeof CommandResult>;

/** Reads one command with `read`, runs it and gives its answer; whatever goes wrong is in the answer. */
export async function answerCommand(
  peer: Pick<PeerRuntime, "send">,
  read: () => unknown,
): Promise<CommandResult> {
  const event = "result" as const;
  let id: CommandResult["id"] = null;
  let command: string | null = null;
  try {
    const value = read();
    id = idOf(value);
    command = commandName(value) ?? null;
    const data = await peer.send(parseCommand(value)) ?? {};
    return { event, id, command, ok: true, data };
  } catch (error) {
    const { code, message } = toLanspreadError(error, "internal", `Cannot ${command ?? "read the command"}`);
    return { event, id, command, ok: false, error: { code, message } };
  }
}

function idOf(value: unknown): CommandResult["id"] {
  if (typeof value !== "object" || value === null || !("id" in value)) return null;
  return typeof value.id === "number" || typeof value.id === "string" ? value.id : null;
}
