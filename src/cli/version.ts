/**
 * `lanspread version`: prints the versions of what runs, and which QUIC engine `--quic auto` takes.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { print } from "./output.ts";

/** Prints one line, or JSON. Gives the exit code; throws `usage`. */
export async function runVersion(args: readonly string[]): Promise<number> {
  const is_json = args.length === 1 && args[0] === "--json";
  if (args.length > 0 && !is_json) {
    throw new LanspreadError("usage", "version is used as: lanspread version [--json]");
  }
  const facts = versionFacts();
  const { version, quic, deno, os, arch } = facts;
  const text = `lanspread ${version}, QUIC engine ${quic}, Deno ${deno}, ${os} ${arch}`;
  await print(`${is_json ? JSON.stringify(facts) : text}\n`);
  return 0;
}

/** What runs here. */
export function versionFacts(): {
  version: string;
  quic: "deno" | "matrixai";
  deno: string;
  v8: string;
  os: string;
  arch: string;
  is_binary: boolean;
} {
  return {
    version: VERSION,
    quic: typeof Deno.QuicEndpoint === "function" ? "deno" : "matrixai",
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    os: Deno.build.os,
    arch: Deno.build.arch,
    is_binary: Deno.build.standalone,
  };
}
