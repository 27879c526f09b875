/**
 * Deno's own part of a binary, `denort`: where it comes from, and what to do where it can't be had. Pure.
 *
 * `deno compile` downloads it once for each version and platform; no package registry holds it.
 *
 * @module
 */

import type { Target } from "./targets.ts";

const HOST = "https://dl.deno.land";

/** The way below the host, and below `dl` in Deno's cache. */
function wayTo(target: Target, deno_version: string): string {
  return `release/v${deno_version}/denort-${target.triple}.zip`;
}

/** Where `deno compile` downloads it. */
export function baseBinaryUrl(target: Target, deno_version: string): string {
  return `${HOST}/${wayTo(target, deno_version)}`;
}

/** Whether `deno compile` failed because it can't have the base binary. */
export function lacksBaseBinary(printed: string): boolean {
  return printed.includes("Setting up base binary") || printed.includes("Could not find denort at");
}

/** One sentence for people: what is missing, where it is, what to do. */
export function missingBaseBinary(
  { target, deno_version, deno_dir, printed }: {
    target: Target;
    deno_version: string;
    deno_dir: string;
    printed: string;
  },
): string {
  const own = /Could not find denort at '(.*)'/.exec(printed)?.[1];
  if (own !== undefined) {
    return `Cannot make the binary for ${target.name}: DENORT_BIN names ${own}, which can't be read; unset it`;
  }
  const reason = /^\s*\d*:? ?(dns error|.*(?:status|timed out|refused|certificate).*)$/m.exec(printed)?.[1];
  const separator = deno_dir.includes("\\") ? "\\" : "/";
  const place = [deno_dir, "dl", ...wayTo(target, deno_version).split("/")].join(separator);
  return `Cannot make the binary for ${target.name}: Deno's part of it, ${
    baseBinaryUrl(target, deno_version)
  }, can't be downloaded${
    reason ? ` (${reason.trim()})` : ""
  }; run this where dl.deno.land can be reached, ` +
    `or fetch that file elsewhere and put it at ${place}`;
}
