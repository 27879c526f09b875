/**
 * Words for the person who runs the tests or a benchmark: figures, and why a test is left out.
 *
 * @module
 */

/** Prints one line. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Whether tests have to be left out for `reason`, which is printed then; `undefined` for no reason. */
export function leftOut(what: string, reason: string | undefined): boolean {
  if (reason !== undefined) print(`left out: ${what}: ${reason}`);
  return reason !== undefined;
}
