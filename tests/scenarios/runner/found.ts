/**
 * Which files hold the tests of which scenario, read from the names in them: "S14: …", or "S4, S5: …" for two.
 *
 * @module
 */

import { join } from "../../../src/base/std/path.ts";

const NAME = /(["'`])((?:S\d+, )*S\d+): /g;

/** The files of each scenario below `folder`, by id, sorted. */
export async function scenarioFiles(folder: string): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>();
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith("_test.ts")
  );
  for (const name of names.toSorted()) {
    for (const id of scenariosIn(await Deno.readTextFile(join(folder, name)))) {
      files.set(id, [...files.get(id) ?? [], name]);
    }
  }
  return files;
}

/** The ids that stand before a colon at the beginning of a text in this source. */
export function scenariosIn(source: string): Set<string> {
  return new Set([...source.matchAll(NAME)].flatMap(([, , ids = ""]) => ids.split(", ")));
}

/** The pattern of the names of one scenario's tests, for `deno test --filter`. */
export function filterFor(id: string): string {
  return String.raw`/^(?:S\d+, )*${id}(?:, S\d+)*:/`;
}

/** Whether a test of this name belongs to the scenario. */
export function isTestOf(id: string, name: string): boolean {
  return new RegExp(filterFor(id).slice(1, -1)).test(name);
}
