/**
 * Talks to the running peer over its control API.
 *
 * Through `node:http`, which goes straight to the loopback address; `fetch` would take the way through a proxy that the
 * environment names, and hand it the token.
 *
 * @module
 */

import { type IncomingMessage, request as openRequest } from "node:http";
import { LanspreadError, messageOf } from "../base/errors.ts";
import type { z } from "zod";
import { CommandResult } from "../peer/answers.ts";
import { Refusal, Told } from "../web/answer_schemas.ts";
import { type Control, readControl } from "../web/control_file.ts";
import { readEventBlocks } from "./event_blocks.ts";

interface Wish {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The peer refused a command, or failed. */
export class RefusedError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** A running peer as seen from another process. */
export class ControlClient {
  readonly #control: Control;

  private constructor(control: Control) {
    this.#control = control;
  }

  /** The peer of a state folder. Throws `connection_lost` where none runs. */
  static async find(state_dir: string): Promise<ControlClient> {
    const control = await readControl(state_dir);
    if (!control) throw notRunning();
    return new ControlClient(control);
  }

  /** Gives a command and the data that it is answered with. Throws `RefusedError` and `connection_lost`. */
  async command(
    command: { command: string; [field: string]: unknown },
    signal: AbortSignal,
  ): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#control.token}`, "content-type": "application/json" };
    const body = JSON.stringify(command);
    const answer = await this.#open({ method: "POST", path: "/api/v1/commands", headers, body }, signal);
    const value: unknown = JSON.parse(await textOf(answer));
    const result = CommandResult.safeParse(value).data;
    if (!result) throw refusalIn(value);
    if (!result.ok) throw new RefusedError(result.error.code, result.error.message);
    return result.data;
  }

  /** Reads `/api/v1/<what>`. Throws `RefusedError` and `connection_lost`. */
  async read<T>(
    what: "games" | "peers" | "settings" | "status",
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const answer = await this.#open({ method: "GET", path: `/api/v1/${what}` }, signal);
    const value: unknown = JSON.parse(await textOf(answer));
    if (answer.statusCode !== 200) throw refusalIn(value);
    return schema.parse(value);
  }

  /**
   * Everything that happens, a snapshot first. Goes on where it was when the peer gives it up as too slow. Throws
   * `connection_lost` when the peer has stopped.
   */
  async *events(signal: AbortSignal): AsyncGenerator<Told> {
    let last_id: string | undefined;
    while (true) {
      const headers: Record<string, string> = last_id === undefined ? {} : { "last-event-id": last_id };
      const answer = await this.#open({ method: "GET", path: "/api/v1/events", headers }, signal);
      if (answer.statusCode !== 200) throw refusalIn(JSON.parse(await textOf(answer)));
      for await (const { id, data } of readEventBlocks(answer)) {
        last_id = id;
        const told = Told.safeParse(JSON.parse(data));
        if (told.success) yield told.data;
      }
    }
  }

  #open({ method, path, headers = {}, body }: Wish, signal: AbortSignal): Promise<IncomingMessage> {
    const [host, port] = this.#control.address.split(":");
    const options = { host, port, method, path, headers, agent: false as const, signal };
    return new Promise((resolve, reject) => {
      const onError = (error: unknown) => reject(signal.aborted ? signal.reason : lost(error));
      const request = openRequest(options, resolve);
      request.on("error", onError);
      request.end(body);
    });
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = await Array.fromAsync(message);
  return await new Blob(parts.map((part) => new Uint8Array(part))).text();
}

function refusalIn(value: unknown): RefusedError {
  const { code, message } = Refusal.safeParse(value).data?.error ??
    {
      code: "internal",
      message: "the running lanspread answers something unknown; is it of another version?",
    };
  return new RefusedError(code, message);
}

function lost(error: unknown): LanspreadError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED") return notRunning();
  return new LanspreadError("connection_lost", `the running lanspread is out of reach: ${messageOf(error)}`);
}

function notRunning(): LanspreadError {
  return new LanspreadError("connection_lost", "no lanspread runs here; start it with `lanspread`");
}
