/**
 * What a soak itself leaves on the machine when it is over: nothing. Linux tells processes, namespaces and mounts.
 *
 * @module
 */

/** Processes, namespaces, mounts and folders that still are there. `dir`: the folder of the soak. */
export async function leftOnMachine(dir: string): Promise<string[]> {
  const found: string[] = [];
  if (await Deno.lstat(dir).then(() => true, () => false)) found.push(`the folder ${dir}`);
  if (Deno.build.os !== "linux") return found;
  const mounts = await Deno.readTextFile("/proc/mounts");
  if (mounts.includes(dir)) found.push(`a mount below ${dir}`);
  const namespaces = await Array.fromAsync(Deno.readDir("/run/netns")).catch(() => []);
  for (const { name } of namespaces) {
    if (name.startsWith(`lanspread-${Deno.pid}-`)) found.push(`the namespace ${name}`);
  }
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (command.includes(dir)) found.push(`the process ${name}`);
  }
  return found;
}
