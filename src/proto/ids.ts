/**
 * Ids and other small values, minted by parsing: a string that was not checked can't be used as one.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError } from "../base/errors.ts";
import { MAX_NAME_LENGTH } from "./limits.ts";
import { isReservedRootName, segmentProblem } from "./paths.ts";

/** A peer's stable identity: a UUID (RFC 9562) in lower case. */
export const PeerId = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, {
  message: "a peer_id is a UUID in lower case",
}).brand<"PeerId">();
export type PeerId = z.infer<typeof PeerId>;

/** The name of a game root: one path segment that every operating system accepts. */
export const GameId = z.string().superRefine((id, context) => {
  const problem = gameIdProblem(id);
  if (problem) context.addIssue({ code: "custom", message: problem });
}).brand<"GameId">();
export type GameId = z.infer<typeof GameId>;

/** What is wrong with `id` as a game id, or `undefined`. */
export function gameIdProblem(id: string): string | undefined {
  const problem = segmentProblem(id);
  if (problem) return problem;
  if (isReservedRootName(id)) return `"${id}" is reserved for lanspread`;
  return undefined;
}

/** Parses a game id that a person or a program gave. Throws `invalid_request`. */
export function parseGameId(id: unknown): GameId {
  if (typeof id !== "string") throw new LanspreadError("invalid_request", "game_id must be a text");
  const problem = gameIdProblem(id);
  if (problem) {
    throw new LanspreadError(
      "invalid_request",
      `game_id ${JSON.stringify(id.slice(0, 80))} is not valid: ${problem}; use the name of a game folder`,
    );
  }
  return id as GameId;
}

/** SHA-256 in lower-case hexadecimal. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { message: "not a SHA-256 in hexadecimal" })
  .brand<"Sha256">();
export type Sha256 = z.infer<typeof Sha256>;

/** The version of a game, as its sentinel says. */
export const GameVersion = z.string().regex(/^[0-9A-Za-z._-]{1,64}$/, {
  message: "a version has 1 to 64 letters, digits, dots, underscores or dashes",
}).brand<"GameVersion">();
export type GameVersion = z.infer<typeof GameVersion>;

/** A size or an offset in bytes. */
export const ByteCount = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** A name for people: one line, no control characters. */
export const DisplayName = z.string().min(1).max(MAX_NAME_LENGTH).regex(
  /^(?=.*[^\p{Z}\p{C}])[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u,
  {
    message: "a name is one line of visible text",
  },
);

/** `host:port`, the host a literal IPv4 address or an IPv6 address in brackets. */
export const SocketAddress = z.string().superRefine((address, context) => {
  if (!splitAddress(address)) {
    context.addIssue({
      code: "custom",
      message: `"${address.slice(0, 80)}" is not an address of the form ip:port`,
    });
  }
}).brand<"SocketAddress">();
export type SocketAddress = z.infer<typeof SocketAddress>;

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** The parts of a socket address, or `undefined` where `address` is none. */
export function splitAddress(address: string): { hostname: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):([1-9]\d{0,4})$/.exec(address);
  if (!match) return undefined;
  const port = Number(match[3]);
  if (port < 1 || port > 65_535) return undefined;
  const hostname = match[1] ?? match[2] ?? "";
  if (match[2] !== undefined && !IPV4.test(hostname)) return undefined;
  if (match[1] !== undefined && !URL.canParse(`http://[${hostname}]/`)) return undefined;
  return { hostname, port };
}

/** Joins a literal IP address and a port. Throws `RangeError` where they make no address. */
export function joinAddress(hostname: string, port: number): SocketAddress {
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  if (!splitAddress(address)) throw new RangeError(`${address} is not a socket address`);
  return address as SocketAddress;
}

/**
 * Orders versions: part by part at `.`, `_` and `-`, parts of digits by their value, others by their code units.
 * Negative where `a` is the older one.
 */
export function compareVersions(a: string, b: string): number {
  const left = a.split(/[._-]/);
  const right = b.split(/[._-]/);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const x = left[i];
    const y = right[i];
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const order = comparePart(x, y);
    if (order !== 0) return order;
  }
  return compareText(a, b);
}

function comparePart(x: string, y: string): number {
  const numeric = [/^\d+$/.test(x), /^\d+$/.test(y)];
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  if (numeric[0]) {
    const difference = BigInt(x) - BigInt(y);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return compareText(x, y);
}

/** Orders texts by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
