/**
 * What a binary holds, laid out in an empty folder so that the plain runtime runs it: the files of the program, and an
 * npm cache with the embedded packages and no others. What is missing in the binary is missing here, too.
 *
 * @module
 */

import { z } from "zod";
import { join } from "../../src/base/std/path.ts";
import { type Embedded, NPM_FOLDER } from "../../src/dist/embedded.ts";
import { V8_FLAGS } from "../../src/base/v8_flags.ts";
import { permissionFlags } from "../../src/dist/permissions.ts";
import type { TempDir } from "../support/temp_dir.ts";
import { ROOT } from "./stand_in.ts";

const Config = z.looseObject({ imports: z.record(z.string(), z.string()) });

/** Lays out the files below `dir`. Gives the command that runs the program there, with what the binary allows it. */
export async function unpack({ files }: Embedded, dir: TempDir): Promise<string[]> {
  const home = await dir.mkdir("home");
  for (const [path, bytes] of files) {
    const is_package = path.startsWith(`${NPM_FOLDER}/`);
    const place = is_package ? `cache/npm/${REGISTRY}${path.slice(NPM_FOLDER.length)}` : `app/${path}`;
    await dir.write(place, bytes);
  }
  // A binary asks for nothing that it does not hold; the runtime asks for all that these files name.
  await dir.write("app/deno.json", JSON.stringify(withoutTestPackages(files)));
  await dir.write("app/deno.lock", await Deno.readFile(join(ROOT, "deno.lock")));
  return [
    ...aloneWith(home),
    `DENO_DIR=${dir.join("cache")}`,
    Deno.execPath(),
    ...["run", "--cached-only", "--no-code-cache", "--unstable-net"],
    ...permissionFlags(Deno.build.os),
    V8_FLAGS,
    dir.join("app", "main.ts"),
  ];
}

const REGISTRY = "registry.npmjs.org";

function withoutTestPackages(files: Embedded["files"]): unknown {
  const config = Config.parse(JSON.parse(new TextDecoder().decode(files.get("deno.json"))));
  const isThere = (target: string) => {
    const [, name = ""] = /^npm:(@?[^@]+)@/.exec(target) ?? [];
    return files.keys().some((path) => path.startsWith(`${NPM_FOLDER}/${name}/`));
  };
  const imports = Object.entries(config.imports).filter(([, target]) => isThere(target));
  return { ...config, imports: Object.fromEntries(imports) };
}

/** A program that is started so sees nothing of this user but an empty home. */
export function aloneWith(home: string): string[] {
  return ["env", "-i", `HOME=${home}`, "NO_COLOR=1"];
}
