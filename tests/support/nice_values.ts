/**
 * How far the threads of this process step back. Linux only: elsewhere threads have no priority of their own.
 *
 * @module
 */

/** Why the priorities can't be read here; `undefined` where they can. */
export const no_nice_values = Deno.build.os === "linux" ? undefined : "only Linux has one for each";

/** The nice values of the process's threads by their ids. */
export function niceValues(): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    try {
      const stat = Deno.readTextFileSync(`/proc/self/task/${name}/stat`);
      // The name in parentheses may hold anything; nice is the 19th field (proc(5)).
      found.set(name, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]));
    } catch {
      // It has ended.
    }
  }
  return found;
}
