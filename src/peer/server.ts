/**
 * Serves the streams of one connection: reads a request, checks who may ask it, answers.
 *
 * Participants: `sessions.ts` hands in every connection, whoever dialled it; `RequestHandlers` is the rest of the
 * peer. Nothing that arrives ends the loop: a bad request is answered with an error, a broken stream is forgotten.
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import { Scope } from "../base/scope.ts";
import { encodeFrame, parseMessage } from "../proto/codec.ts";
import type { PeerId } from "../proto/ids.ts";
import { HEADER_TIMEOUT_MS, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from "../proto/limits.ts";
import {
  type Answer,
  type GetChunk,
  type GetGame,
  type GetHashes,
  type GetLibrary,
  type Hello,
  type LibraryDelta,
  type LibrarySnapshot,
  type LibrarySummary,
  Request,
  type StreamInstall,
} from "../proto/message.ts";
import { toWireError } from "../proto/wire_error.ts";
import { BUFFERS } from "./buffers.ts";
import { readFrame } from "./exchange.ts";
import { checkVersion } from "./handshake.ts";
import type { ByteStream, Connection } from "./transport/port.ts";

/** An answer must have been taken after this many milliseconds. */
const ANSWER_TIMEOUT_MS = 60_000;

/** A connection and who is at its other end, once that is known. */
export interface Session {
  readonly connection: Connection;
  readonly clock: Clock;
  peer_id: PeerId | undefined;
}

/** A library message that another peer pushes. */
export type LibraryPush = LibrarySummary | LibrarySnapshot | LibraryDelta;

/** What the rest of the peer does for a request. Everything but `hello` comes from a member of the party. */
export interface RequestHandlers {
  hello(hello: Hello, session: Session): Answer;
  heard(peer_id: PeerId): void;
  goodbye(peer_id: PeerId): void;
  libraryPush(peer_id: PeerId, push: LibraryPush): void;
  getLibrary(request: GetLibrary): Answer;
  getGame(request: GetGame, peer_id: PeerId): Answer;
  getHashes(request: GetHashes, signal: AbortSignal): Promise<Answer>;
  /** Writes header and body itself, until the signal aborts. */
  getChunk(
    request: GetChunk,
    stream: ByteStream,
    receiver: Receiver,
  ): Promise<void>;
  /** Writes the answer and what follows it. */
  streamInstall(
    request: StreamInstall,
    stream: ByteStream,
    receiver: Receiver,
  ): Promise<void>;
}

/** Who asked. */
export interface Receiver {
  readonly peer_id: PeerId;
  readonly connection: Connection;
  /** Aborts when the connection is over; that the stream alone is, the next write tells. */
  readonly signal: AbortSignal;
}

/** Serves until the connection is over or the signal aborts. Never rejects but with the signal's reason. */
export async function serveConnection(
  session: Session,
  handlers: RequestHandlers,
  signal: AbortSignal,
): Promise<void> {
  // A stream that fails is its own affair.
  await using streams = new Scope({ parent: signal, onError: () => {} });
  const onAbort = () => session.connection.close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for await (const stream of session.connection.incoming) {
      streams.spawn("stream", (inner) => serveStream(stream, session, handlers, inner));
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function serveStream(
  stream: ByteStream,
  session: Session,
  handlers: RequestHandlers,
  signal: AbortSignal,
): Promise<void> {
  const onAbort = () => stream.reset();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await answerOne(stream, session, handlers, signal);
    await stream.finish();
  } finally {
    signal.removeEventListener("abort", onAbort);
    stream.reset();
  }
}

async function answerOne(
  stream: ByteStream,
  session: Session,
  handlers: RequestHandlers,
  signal: AbortSignal,
): Promise<void> {
  try {
    const request = await readRequest(stream, session.clock, signal);
    if (request.type === "get_chunk" || request.type === "stream_install") {
      const receiver = { peer_id: requireMember(session), connection: session.connection, signal };
      handlers.heard(receiver.peer_id);
      if (request.type === "get_chunk") return await handlers.getChunk(request, stream, receiver);
      return await handlers.streamInstall(request, stream, receiver);
    }
    const answer = await answerTo(request, session, handlers, signal);
    // Who asks and does not read must not hold a whole library in this peer's memory.
    await withDeadline(
      "an answer",
      ANSWER_TIMEOUT_MS,
      signal,
      () => sendAnswer(stream, answer),
      session.clock,
    )
      .catch((cause) => {
        if (cause instanceof LanspreadError && cause.code === "busy") throw cause;
        throw new LanspreadError("connection_lost", "the answer was not taken", { cause });
      });
  } catch (error) {
    if (error instanceof LanspreadError && error.code === "connection_lost") throw error;
    await sendAnswer(stream, toWireError(error));
  }
}

async function readRequest(stream: ByteStream, clock: Clock, signal: AbortSignal): Promise<Request> {
  const reading = withDeadline(
    "a request",
    HEADER_TIMEOUT_MS,
    signal,
    () => readFrame(stream, MAX_REQUEST_BYTES),
    clock,
  );
  const value = await reading.catch((cause) => {
    if (!(cause instanceof LanspreadError && cause.code === "timeout")) throw cause;
    throw new LanspreadError("invalid_request", cause.message, { cause });
  });
  // The hello of another protocol version may look different: its version is looked at first.
  if (isHello(value)) checkVersion(value.proto_ver);
  return parseMessage(Request, value);
}

function isHello(value: unknown): value is { type: "hello"; proto_ver?: unknown } {
  return typeof value === "object" && value !== null && "type" in value && value.type === "hello";
}

/** Sends one answer frame. Throws `busy` where the budget has no room for it. */
export async function sendAnswer(stream: ByteStream, answer: Answer): Promise<void> {
  const frame = encodeFrame(answer, MAX_ANSWER_BYTES);
  using _ = BUFFERS.take(frame.length);
  await stream.write(frame);
}

function answerTo(
  request: Exclude<Request, GetChunk | StreamInstall>,
  session: Session,
  handlers: RequestHandlers,
  signal: AbortSignal,
): Answer | Promise<Answer> {
  if (request.type === "hello") return handlers.hello(request, session);
  const peer_id = requireMember(session);
  handlers.heard(peer_id);
  switch (request.type) {
    case "ping":
      return { type: "pong" };
    case "goodbye":
      handlers.goodbye(peer_id);
      return { type: "ok" };
    case "library_summary":
    case "library_snapshot":
    case "library_delta":
      handlers.libraryPush(peer_id, request);
      return { type: "ok" };
    case "get_library":
      return handlers.getLibrary(request);
    case "get_game":
      return handlers.getGame(request, peer_id);
    case "get_hashes":
      return handlers.getHashes(request, signal);
  }
}

function requireMember(session: Session): PeerId {
  if (session.peer_id === undefined) {
    throw new LanspreadError("unauthorized", "introduce yourself with hello first");
  }
  return session.peer_id;
}
