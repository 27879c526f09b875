/**
 * One request and its answer on one stream.
 *
 * The client sends one frame and finishes its side; the server answers with one frame, then, for a chunk, exactly
 * `length` raw bytes, for a streamed install its frames, then finishes.
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import type { BufferBudget } from "../base/buffer_budget.ts";
import { type Clock, SYSTEM_CLOCK } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import { encodeFrame, FrameDecoder, parseMessage } from "../proto/codec.ts";
import { HEADER_TIMEOUT_MS, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from "../proto/limits.ts";
import { Answer, type Request } from "../proto/message.ts";
import { fromWireError } from "../proto/wire_error.ts";
import { BUFFERS } from "./buffers.ts";
import type { ByteStream, Connection } from "./transport/port.ts";

/** The answer that belongs to a request. */
export type AnswerTo<R extends Request> = Extract<Answer, { type: AnswerType[R["type"]] }>;

interface AnswerType {
  hello: "hello_ack";
  ping: "pong";
  goodbye: "ok";
  library_summary: "ok";
  library_snapshot: "ok";
  library_delta: "ok";
  get_library: "library_snapshot" | "library_delta";
  get_game: "game_details";
  get_hashes: "hashes";
  get_chunk: "chunk";
  stream_install: "stream_begin" | "stream_failed";
}

const ANSWERS: { [T in keyof AnswerType]: readonly Answer["type"][] } = {
  hello: ["hello_ack"],
  ping: ["pong"],
  goodbye: ["ok"],
  library_summary: ["ok"],
  library_snapshot: ["ok"],
  library_delta: ["ok"],
  get_library: ["library_snapshot", "library_delta"],
  get_game: ["game_details"],
  get_hashes: ["hashes"],
  get_chunk: ["chunk"],
  stream_install: ["stream_begin", "stream_failed"],
};

/**
 * Reads one frame, any JSON. Throws `invalid_request` for a frame that is too long, cut off or no JSON, `busy` where
 * the budget has no room for its length, and what the stream throws.
 */
export async function readFrame(
  stream: ByteStream,
  limit_bytes: number,
  budget: BufferBudget = BUFFERS,
): Promise<unknown> {
  using memory = new DisposableStack();
  const decoder = new FrameDecoder(limit_bytes, (length) => memory.use(budget.take(length)));
  for (let frame = decoder.take();; frame = decoder.take()) {
    if (frame) return frame.value;
    const part = await stream.read(new Uint8Array(decoder.needed_bytes));
    if (!part) throw new LanspreadError("invalid_request", "the stream ended inside a frame");
    decoder.push(part);
  }
}

/** Sends one request and gives its answer, with the stream still open for what follows the answer. */
export async function ask<R extends Request>(
  connection: Connection,
  request: R,
  signal: AbortSignal,
): Promise<{ answer: AnswerTo<R>; stream: ByteStream }> {
  const stream = await connection.openStream(signal);
  const onAbort = () => stream.reset();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await stream.write(encodeFrame(request, MAX_REQUEST_BYTES));
    await stream.finish();
    const answer = parseMessage(Answer, await readFrame(stream, answerLimit(request)));
    if (answer.type === "error") throw fromWireError(answer, connection.remote_addr);
    if (!answers(request, answer)) {
      throw new LanspreadError(
        "invalid_request",
        `${connection.remote_addr} answered ${request.type} with ${answer.type}`,
      );
    }
    return { answer, stream };
  } catch (error) {
    stream.reset();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const LONG_ANSWERS: readonly Request["type"][] = ["get_library", "get_game", "get_hashes"];

/** Only a library, a file list and its hashes may be long. */
function answerLimit({ type }: Request): number {
  return LONG_ANSWERS.includes(type) ? MAX_ANSWER_BYTES : MAX_REQUEST_BYTES;
}

function answers<R extends Request>(request: R, answer: Answer): answer is AnswerTo<R> {
  return ANSWERS[request.type].includes(answer.type);
}

/** Sends one request and gives its answer. Throws `timeout` after `timeout_ms`. */
export async function call<R extends Request>(
  connection: Connection,
  request: R,
  signal: AbortSignal,
  timeout_ms = HEADER_TIMEOUT_MS,
  clock: Clock = SYSTEM_CLOCK,
): Promise<AnswerTo<R>> {
  const what = `${request.type} to ${connection.remote_addr}`;
  const { answer, stream } = await withDeadline(
    what,
    timeout_ms,
    signal,
    (both) => ask(connection, request, both),
    clock,
  );
  stream.reset();
  return answer;
}
