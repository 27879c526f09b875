/**
 * Frames: a `u32` big-endian byte length, then that many bytes of UTF-8 JSON.
 *
 * The codec is pure. It takes bytes as they come and returns values; limits are checked on the length field,
 * before anything is allocated.
 *
 * ```ts
 * import { encodeFrame, FrameDecoder } from "./codec.ts";
 *
 * const decoder = new FrameDecoder(1024);
 * decoder.push(encodeFrame({ type: "ping" }, 1024));
 * console.assert(JSON.stringify(decoder.take()) === '{"value":{"type":"ping"}}');
 * ```
 *
 * @module
 */

import type { z } from "zod";
import { LanspreadError } from "../base/errors.ts";

const HEADER_BYTES = 4;
const encoder = new TextEncoder();

/** Encodes one frame. Throws `invalid_request` where the JSON is longer than `limit_bytes`. */
export function encodeFrame(value: unknown, limit_bytes: number): Uint8Array<ArrayBuffer> {
  const body = encoder.encode(JSON.stringify(value));
  if (body.length > limit_bytes) throw frameTooLong(body.length, limit_bytes);
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Collects the bytes of one frame. What comes after the frame stays untouched. */
export class FrameDecoder {
  readonly #limit_bytes: number;
  readonly #onLength: (length_bytes: number) => void;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #header_filled = 0;
  #body: Uint8Array<ArrayBuffer> | undefined;
  #body_filled = 0;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** `limit_bytes` bounds the JSON of the frame; `onLength` hears its length, and may throw, before memory is taken. */
  constructor(limit_bytes: number, onLength: (length_bytes: number) => void = () => {}) {
    this.#limit_bytes = limit_bytes;
    this.#onLength = onLength;
  }

  /** How many bytes the frame still needs at least; 0 when it is complete. */
  get needed_bytes(): number {
    if (!this.#body) return HEADER_BYTES - this.#header_filled;
    return this.#body.length - this.#body_filled;
  }

  /** Takes bytes as they arrived. Throws `invalid_request` when the frame is too long. */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    const body_bytes = this.#pushHeader(bytes);
    if (!this.#body) return;
    const part = body_bytes.subarray(0, this.#body.length - this.#body_filled);
    this.#body.set(part, this.#body_filled);
    this.#body_filled += part.length;
    const behind = body_bytes.subarray(part.length);
    this.#rest = this.#rest.length === 0 ? behind : concat(this.#rest, behind);
  }

  #pushHeader(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#body) return bytes;
    const part = bytes.subarray(0, HEADER_BYTES - this.#header_filled);
    this.#header.set(part, this.#header_filled);
    this.#header_filled += part.length;
    if (this.#header_filled === HEADER_BYTES) {
      const length = new DataView(this.#header.buffer).getUint32(0);
      if (length > this.#limit_bytes) throw frameTooLong(length, this.#limit_bytes);
      this.#onLength(length);
      this.#body = new Uint8Array(length);
    }
    return bytes.subarray(part.length);
  }

  /** The frame's JSON when it is complete, else `undefined`. Throws `invalid_request` when it is no JSON. */
  take(): { value: unknown } | undefined {
    if (!this.#body || this.needed_bytes > 0) return undefined;
    try {
      return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(this.#body)) };
    } catch (cause) {
      throw new LanspreadError("invalid_request", "a frame is not JSON in UTF-8", { cause });
    }
  }

  /** Bytes that arrived behind the frame. */
  get rest(): Uint8Array<ArrayBuffer> {
    return this.#rest;
  }
}

/** Reads `value` by `schema`. Throws `invalid_request` with the first thing that is wrong. */
export function parseMessage<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  const what = issue?.message ?? "not valid";
  throw new LanspreadError("invalid_request", `message is not valid: ${where ? `${where}: ` : ""}${what}`);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

function frameTooLong(length: number, limit_bytes: number): LanspreadError {
  return new LanspreadError(
    "invalid_request",
    `a frame of ${length} bytes is over the limit of ${limit_bytes}`,
  );
}
