/**
 * Which failures a peer tells another peer, and how they come back.
 *
 * @module
 */

import { z } from "zod";
import { type ErrorCode, LanspreadError, messageOf } from "../base/errors.ts";

/** The codes of the wire. */
export const WireErrorCode = z.enum([
  "invalid_request",
  "game_not_found",
  "not_transferable",
  "manifest_changed",
  "busy",
  "unauthorized",
  "incompatible",
  "internal",
]);
export type WireErrorCode = z.infer<typeof WireErrorCode>;

/** The answer to a request that failed. */
export const WireError = z.object({
  type: z.literal("error"),
  code: WireErrorCode,
  message: z.string().max(1_024),
});
export type WireError = z.infer<typeof WireError>;

/** What to answer for `error`. Details of this machine stay here: an unexpected error is just `internal`. */
export function toWireError(error: unknown): WireError {
  if (error instanceof LanspreadError && isWireCode(error.code)) {
    return { type: "error", code: error.code, message: messageOf(error).slice(0, 1_024) };
  }
  return { type: "error", code: "internal", message: "the peer could not answer" };
}

/** The error that a peer's answer stands for. */
export function fromWireError(error: WireError, peer: string): LanspreadError {
  return new LanspreadError(error.code, `${peer} answered: ${error.message}`);
}

function isWireCode(code: ErrorCode): code is WireErrorCode {
  return WireErrorCode.safeParse(code).success;
}
