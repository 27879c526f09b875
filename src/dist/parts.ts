/**
 * The parts of the program that no import leads to, and that a binary can't do without.
 *
 * @module
 */

import { walk } from "../base/std/fs.ts";
import { dirname, join, relative } from "../base/std/path.ts";
import { NPM_FOLDER } from "./embedded.ts";
import type { Target } from "./targets.ts";

/** The local page, built and committed. */
const PAGE = "src/web/page/dist";
/** The program's own deno.json names this one, and is not read without it. */
const PAGE_CONFIG = "src/web/page/deno.json";
const WORKER = /\bnew Worker\(\s*new URL\(\s*["'`]([^"'`\n]+)["'`]\s*,\s*import\.meta\.url/g;

/** Paths with `/` below the repository. */
export interface Parts {
  readonly workers: readonly string[];
  /** Every file of the page. */
  readonly page: readonly string[];
}

/** Finds the parts in the repository at `root`. */
export async function findParts(root: string): Promise<Parts> {
  const workers = new Set<string>();
  for await (const { path, name } of walk(join(root, "src"), { includeDirs: false })) {
    if (!name.endsWith(".ts")) continue;
    for (const [, specifier = ""] of (await Deno.readTextFile(path)).matchAll(WORKER)) {
      workers.add(below(root, join(dirname(path), specifier)));
    }
  }
  return { workers: [...workers].toSorted(), page: [...await filesOf(root, PAGE), PAGE_CONFIG] };
}

/** What is given to `deno compile --include`. */
export function includesOf({ workers }: Parts): string[] {
  return [...workers, PAGE, PAGE_CONFIG];
}

/** What of it a binary with these `files` lacks, in words; empty for a whole one. */
export function missingParts(files: ReadonlySet<string>, parts: Parts, target: Target): string[] {
  const has = (package_name: string, ending: string) =>
    [...files].some((path) => path.startsWith(`${NPM_FOLDER}/${package_name}/`) && path.endsWith(ending));
  const { native_package } = target;
  return [
    ...["main.ts", ...parts.workers, ...parts.page].filter((path) => !files.has(path)),
    ...has("node-unrar-js", "/unrar.wasm") ? [] : ["unrar.wasm"],
    ...native_package === undefined || has(native_package, ".node") ? [] : [native_package],
  ];
}

async function filesOf(root: string, folder: string): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { path } of walk(join(root, folder), { includeDirs: false })) {
      paths.push(below(root, path));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths.toSorted();
}

function below(root: string, path: string): string {
  return relative(root, path).replaceAll("\\", "/");
}
