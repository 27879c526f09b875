/**
 * Reads a small JSON body, however slowly or lavishly it is sent.
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import { LanspreadError } from "../base/errors.ts";

export const MAX_BODY_BYTES = 64 * 1024;
export const BODY_TIMEOUT_MS = 10_000;

/** A body is longer than it may be. */
export class BodyTooLarge extends Error {}

/**
 * The text of the body. Throws `BodyTooLarge`, `timeout` where it does not come within `timeout_ms`, and
 * `connection_lost` where its sender leaves before its end.
 */
export async function readBody(
  request: Request,
  signal: AbortSignal,
  timeout_ms = BODY_TIMEOUT_MS,
): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw new BodyTooLarge();
  const reader = request.body?.getReader();
  if (!reader) return "";
  try {
    return await withDeadline("the body", timeout_ms, signal, () => readText(reader));
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}

async function readText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (true) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new LanspreadError("connection_lost", "the body broke off", { cause });
    });
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_BODY_BYTES) throw new BodyTooLarge();
    text += decoder.decode(value, { stream: true });
  }
}

/** The value that a JSON text stands for. Throws `invalid_request`. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LanspreadError("invalid_request", "the body is not JSON; send one command object", { cause });
  }
}
