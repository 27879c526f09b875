/**
 * What keeps a private systemd from touching the machine: it is not started where its namespaces are not its own.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { Cable, HostProcess, whyNoNamespaces } from "../support/namespaces.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { ControlGroup, controlGroups } from "./control_group.ts";
import { layOut, NAMESPACES, PrivateSystemd, whyNoSystemd, withThisProcess } from "./private_systemd.ts";

const ignore = leftOut("a private systemd", await whyNoSystemd() ?? await whyNoNamespaces());
const REFUSED: [missing: string, said: string][] = [
  ["--pid", "this is not the first process of a namespace"],
  ["--mount", "the namespace mnt is the machine's"],
  // Otherwise the machine would be given another name,
  ["--uts", "the namespace uts is the machine's"],
  ["--ipc", "the namespace ipc is the machine's"],
  // and what listens on loopback would be heard.
  ["--net", "the namespace net is the machine's"],
  ["--cgroup", "the control group is not its own"],
];
for (const [missing, said] of REFUSED) {
  Deno.test(`without ${missing} no systemd is started`, { ignore }, async () => {
    await using dir = await TempDir.make();
    await using group = await ControlGroup.make(await controlGroups() ?? "");
    const others = [...NAMESPACES, "--net"].filter((name) => name !== missing).join(" ");
    // Should the guard fail, the outer namespaces keep the machine from it.
    const kinds = ["--mount", "--pid", "--uts", "--ipc", "--net"];
    const outer = ["unshare", ...kinds, "--fork", "--kill-child=SIGKILL", "--mount-proc"];
    const inner = `exec unshare ${others} --fork --kill-child=SIGKILL "$@" "$(readlink /proc/self/ns/*)"`;
    const command = [...group.wrapper, ...outer, "sh", "-c", inner, "sh", ...await layOut(dir)];
    await using first = new HostProcess(command);
    assertEquals(await within("the refusal", first.exited(), 20_000), 97);
    assertStringIncludes(first.log, `no private systemd: ${said}`);
  });
}

Deno.test("nothing is started for a test that was killed in that moment", { ignore }, async () => {
  const run = async (...before: string[]) => {
    await using first = new HostProcess([...before, ...withThisProcess(), "echo", "started"]);
    await within("its end", first.exited(), 20_000);
    return first.lines;
  };
  assertEquals(await run(), ["started"]);
  // To which whoever is left without its parent belongs.
  assertEquals(await run("sh", "-c", '"$@"; exit', "sh"), []);
});

Deno.test("a private systemd sees and leaves nothing of the machine", { ignore }, async () => {
  await using dir = await TempDir.make();
  await using cable = await Cable.lay();
  const groups = await controlGroups() ?? "";
  const own = async () =>
    (await Array.fromAsync(Deno.readDir(groups))).filter(({ name }) => name.includes(`-${Deno.pid}-`));
  {
    await using machine = await PrivateSystemd.boot(dir, cable.names[0]);
    assertEquals((await machine.run(["ls", dir.path])).code, 2);
    assertEquals(await machine.ask(["find", "/tmp", "/var/tmp"]), "/tmp\n/var/tmp\n");
    assertEquals((await machine.run(["touch", "/usr/x"])).code, 1);
    assertEquals((await own()).length, 1);
    const processes = await machine.ask(["sh", "-c", "cat /proc/[0-9]*/comm"]);
    const others = processes.trim().split("\n").filter((name) => name !== "sh" && name !== "cat");
    assertEquals(others, ["systemd", "systemd-journal"]);
  }
  assertEquals(await own(), []);
  assertEquals(await Array.fromAsync(Deno.readDir(dir.join("root"))), []);
  assertEquals(await Deno.readTextFile(dir.join("marker")), "of the machine");
  assert(await Deno.stat("/tmp").then(({ isDirectory }) => isDirectory));
});
