/**
 * What benchmarks measured, in a file: parts that were measured again replace the old ones, so that a plot can show
 * everything although the parts ran one by one.
 *
 * @module
 */

import { z } from "zod";
import { Row } from "./figures.ts";

/** Results of the benchmarks by their names. */
export const Results = z.object({
  parts: z.record(z.string(), z.object({ on: z.string(), rows: z.array(Row) })),
});
export type Results = z.infer<typeof Results>;

/** What a figure depends on beside the program. */
export function machine(): string {
  return `Deno ${Deno.version.deno}, ${Deno.build.os}, ${navigator.hardwareConcurrency} cores`;
}

/** Reads results; none where there is no such file. Throws where it holds something else. */
export async function readResults(path: string): Promise<Results> {
  try {
    return Results.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { parts: {} };
    throw new Error(`${path} holds no results of benchmarks`, { cause: error });
  }
}

/** Writes results. */
export async function writeResults(path: string, results: Results): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(results, null, 2)}\n`);
}
