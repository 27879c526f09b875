/**
 * Whether a folder can be written, found out by writing: the runtime's `access()` looks at permission bits alone, which
 * say nothing of what is mounted read-only.
 *
 * @module
 */

/** How the file begins that is there for a moment. */
const PREFIX = ".lanspread_probe_";

/** Makes an empty file in the folder and removes it. Throws what the system says. */
export function requireWritable(folder: string): void {
  Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: PREFIX }));
}
