/**
 * A systemd of a test's own, which has booted a machine made of nothing: own namespaces for mounts, processes, names,
 * network and control groups, and a root in memory. Nothing of the machine below it can be written from there, and
 * `private_systemd.sh` looks that this is so before systemd is started. Linux and root only; `whyNoSystemd()` says what
 * is missing.
 *
 * ```ts ignore
 * await using machine = await PrivateSystemd.boot(dir, cable.names[0]);
 * await machine.run(["systemctl", "start", "lanspread"]);
 * ```
 *
 * @module
 */

import { denoCaches } from "../../src/dist/deno_tool.ts";
import { V8_FLAGS } from "../../src/base/v8_flags.ts";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { until, within } from "../support/deadline.ts";
import { HostProcess, inNamespace } from "../support/namespaces.ts";
import type { TempDir } from "../support/temp_dir.ts";
import { ControlGroup, controlGroups } from "./control_group.ts";
import { FOLDERS, GAMER, PROGRAM, rootFiles } from "./private_root.ts";

const SOURCE = fromFileUrl(new URL("../../", import.meta.url));
const SCRIPT = fromFileUrl(new URL("private_systemd.sh", import.meta.url));
const SYSTEMD = "/usr/lib/systemd/systemd";
const TOOLS = ["ip", "unshare", "nsenter", "setpriv", "pivot_root", "mount", "systemctl", "journalctl"];
/** All but the one of the network, which others see, too. */
export const NAMESPACES = ["--mount", "--pid", "--uts", "--ipc", "--cgroup"];
const DEADLINE_MS = 60_000;

/** What a program printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Who runs a program there. */
export type Who = "root" | "gamer";

export class PrivateSystemd implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  /** Its first process, as the machine below counts. */
  readonly #pid: number;

  private constructor(pid: number, stack: AsyncDisposableStack) {
    this.#pid = pid;
    this.#stack = stack;
  }

  /** Boots it in a network namespace; what it is made of lies below `dir`. */
  static async boot(dir: TempDir, network: string): Promise<PrivateSystemd> {
    await using stack = new AsyncDisposableStack();
    const groups = await controlGroups();
    if (groups === undefined) throw new Error("control groups of the second version are not mounted");
    const group = stack.use(await ControlGroup.make(groups));
    const first = stack.use(new HostProcess(await bootCommand(dir, group, network)));
    const pid = await until("systemd is the first process", async () => {
      if (first.has_ended) throw new Error(`it ended: ${first.log}`);
      const pid = await childOf(first.pid);
      return pid !== undefined && await nameOf(pid) === "systemd" && pid;
    }, DEADLINE_MS);
    const machine = new PrivateSystemd(pid, stack.move());
    try {
      await machine.#booted();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #booted(): Promise<void> {
    let last = "";
    await until("the boot", async () => {
      const { out, err } = await this.run(["systemctl", "is-system-running"]);
      last = out + err;
      return last.trim() === "running";
    }, DEADLINE_MS).catch((error) => {
      throw new Error(`${error.message}: ${last}`);
    });
  }

  /** Runs a program there to its end. */
  async run([program = "", ...args]: readonly string[], who: Who = "root"): Promise<Ran> {
    const all = [...this.#enter(who), program, ...args];
    const command = new Deno.Command(all[0] ?? "", { args: all.slice(1), stdin: "null", clearEnv: true });
    const { code, stdout, stderr } = await within(
      [program, ...args].join(" "),
      command.output(),
      DEADLINE_MS,
    );
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  }

  #enter(who: Who): string[] {
    const namespaces = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--root"];
    const { uid, gid, home } = who === "gamer" ? GAMER : { uid: 0, gid: 0, home: "/root" };
    return [
      ...["/usr/bin/nsenter", `--target=${this.#pid}`, ...namespaces, `--setuid=${uid}`, `--setgid=${gid}`],
      ...["env", "-i", "-C", "/", "PATH=/usr/sbin:/usr/bin", `HOME=${home}`, `DENO_DIR=${PROGRAM.cache}`],
      ...["NO_COLOR=1", ...who === "gamer" ? [`XDG_RUNTIME_DIR=/run/user/${uid}`] : []],
    ];
  }

  /** What starts `lanspread` there; a command follows. */
  readonly program: readonly string[] = [
    ...[PROGRAM.runtime, "run", "-A", "--unstable-net", V8_FLAGS],
    join(PROGRAM.source, "main.ts"),
  ];

  /** Runs `lanspread` there, from its source. */
  lanspread(args: readonly string[], who: Who = "root"): Promise<Ran> {
    return this.run([...this.program, ...args], who);
  }

  /** Runs a program there that must succeed. Gives what it printed. */
  async ask(command: readonly string[], who: Who = "root"): Promise<string> {
    const { code, out, err } = await this.run(command, who);
    if (code !== 0) throw new Error(`${command.join(" ")}: exit code ${code}: ${err || out}`);
    return out;
  }

  /** Where this process finds a path of it. */
  path(path: string): string {
    return `/proc/${this.#pid}/root${path}`;
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The command that boots: its process waits for the one that becomes systemd, and takes it along when it ends. */
async function bootCommand(dir: TempDir, group: ControlGroup, network: string): Promise<string[]> {
  return [
    ...[...group.wrapper, ...withThisProcess(), ...inNamespace(network)],
    ...["unshare", ...NAMESPACES, "--fork", "--kill-child=SIGKILL", ...await layOut(dir)],
    (await ownNamespaces()).join(" "),
  ];
}

/**
 * The command before a program that ends with this process, however that ends; nothing is run where it has ended before
 * the kernel was told.
 */
export function withThisProcess(): string[] {
  return ["setpriv", "--pdeathsig", "KILL", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', `${Deno.pid}`];
}

function ownNamespaces(): Promise<string[]> {
  const folder = "/proc/self/ns";
  return Array.fromAsync(Deno.readDir(folder), ({ name }) => Deno.readLink(join(folder, name)));
}

/** Lays out below `dir` what it is made of. Gives the command that is to be its first process, but for the last word. */
export async function layOut(dir: TempDir): Promise<string[]> {
  for (const [path, text] of Object.entries(rootFiles())) await dir.write(`content/root/${path}`, text);
  for (const [path, { uid, gid }] of FOLDERS) {
    await Deno.chown(await dir.mkdir(`content/root/${path}`), uid, gid);
  }
  const { denoDir } = await denoCaches(SOURCE, AbortSignal.timeout(DEADLINE_MS));
  const shown = [[PROGRAM.runtime, Deno.execPath()], [PROGRAM.source, SOURCE], [PROGRAM.cache, denoDir]];
  await dir.write("content/shown", shown.map((pair) => `${pair.join(" ")}\n`).join(""));
  const marker = await dir.write("marker", "of the machine");
  return ["sh", SCRIPT, await dir.mkdir("root"), dir.join("content"), marker];
}

async function childOf(pid: number): Promise<number | undefined> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
  return Number(children.trim().split(" ")[0]) || undefined;
}

async function nameOf(pid: number): Promise<string> {
  return (await Deno.readTextFile(`/proc/${pid}/comm`).catch(() => "")).trim();
}

/** Why no private systemd can be booted here; `undefined` where it can. */
export async function whyNoSystemd(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "systemd exists on Linux only";
  if (Deno.uid() !== 0) return "a private systemd needs root";
  const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);
  if (!await isThere(SYSTEMD)) return `there is no ${SYSTEMD}`;
  for (const tool of TOOLS) {
    const places = ["/usr/bin", "/usr/sbin"].map((folder) => isThere(join(folder, tool)));
    if (!(await Promise.all(places)).includes(true)) return `there is no ${tool}`;
  }
  for (const link of ["/bin", "/lib"]) {
    if (!(await Deno.lstat(link)).isSymlink) return `${link} is no link into /usr`;
  }
  const groups = await controlGroups();
  if (groups === undefined) return "control groups of the second version are not mounted";
  try {
    await using group = await ControlGroup.make(groups);
    const [program = "", ...args] = [...group.wrapper, "unshare", ...NAMESPACES, "--fork", "true"];
    const { success, stderr } = await new Deno.Command(program, { args, stderr: "piped" }).output();
    return success ? undefined : `namespaces can't be made: ${new TextDecoder().decode(stderr).trim()}`;
  } catch (error) {
    return `a control group can't be made: ${error instanceof Error ? error.message : error}`;
  }
}
