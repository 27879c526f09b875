/**
 * The arguments of `deno compile`. Pure.
 *
 * @module
 */

import { V8_FLAGS } from "../base/v8_flags.ts";
import { permissionFlags } from "./permissions.ts";
import type { Target } from "./targets.ts";

/** Folders of npm packages that the program never loads, half of what would be embedded. */
export const UNUSED: Readonly<Record<string, readonly string[]>> = {
  // The same code as sources, in an older version, and in another dialect.
  "zod": ["src", "v3", "mini", "v4-mini", "v4/mini"],
  // The same code as ES modules; a worker loads `dist`.
  "node-unrar-js": ["esm"],
  // std in one package; `assert` is used by `path`.
  "deno-std": [
    ...["async", "bytes", "collections", "crypto", "csv", "data_structures", "encoding", "expect", "fmt"],
    ...["front_matter", "html", "http", "json", "jsonc", "media_types", "msgpack", "net", "regexp", "semver"],
    ...["streams", "testing", "text", "toml", "ulid", "uuid", "yaml"],
  ],
  "@matrixai/quic": ["examples"],
  // Both processors in one file; each one's own package is there.
  "@matrixai/quic-darwin-universal": [""],
};

/** What the arguments are made from. */
export interface CompileOptions {
  readonly target: Target;
  /** The file to be written. */
  readonly output: string;
  /** Files and folders that no import leads to. */
  readonly includes: readonly string[];
  /** Absolute paths that stay out. */
  readonly excludes: readonly string[];
}

/** Everything after `deno`. */
export function compileArgs({ target, output, includes, excludes }: CompileOptions): string[] {
  return [
    "compile",
    ...["--unstable-net", V8_FLAGS, ...permissionFlags(target.os)],
    // What is only for tests stays out; `deno task ok` checks the types.
    ...["--exclude-unused-npm", "--no-check"],
    ...["--target", target.triple, "--output", output],
    ...includes.flatMap((path) => ["--include", path]),
    ...excludes.flatMap((path) => ["--exclude", path]),
    "main.ts",
  ];
}

/** The paths of the unused folders in npm caches of these registries. `versions` has those of the lock file. */
export function unusedFolders(
  registries: readonly string[],
  versions: ReadonlyMap<string, readonly string[]>,
): string[] {
  return registries.flatMap((registry) =>
    Object.entries(UNUSED).flatMap(([name, folders]) =>
      (versions.get(name) ?? []).flatMap((version) =>
        folders.map((folder) => [registry, name, version, folder].filter((part) => part !== "").join("/"))
      )
    )
  );
}
