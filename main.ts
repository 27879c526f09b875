/**
 * lanspread: every machine at the party shares its games.
 *
 * @module
 */

import { commandInfo } from "./src/cli/command_table.ts";
import { helpOf, overview } from "./src/cli/help.ts";

type Run = (args: readonly string[]) => Promise<number>;

/** What each command runs; loaded when it is asked for. */
const RUNS: Record<string, () => Promise<Run>> = {
  run: async () => (await import("./src/cli/run.ts")).runRun,
  ls: async () => (await import("./src/cli/ls.ts")).runLs,
  peers: async () => (await import("./src/cli/peers.ts")).runPeers,
  status: async () => (await import("./src/cli/status.ts")).runStatus,
  get: async () => (await import("./src/cli/get.ts")).runGet,
  "stream-install": async () => (await import("./src/cli/stream_install.ts")).runStreamInstall,
  install: async () => (await import("./src/cli/install.ts")).runInstall,
  update: async () => (await import("./src/cli/update.ts")).runUpdate,
  uninstall: async () => (await import("./src/cli/uninstall.ts")).runUninstall,
  rm: async () => (await import("./src/cli/rm.ts")).runRm,
  cancel: async () => (await import("./src/cli/cancel.ts")).runCancel,
  launch: async () => (await import("./src/cli/launch.ts")).runLaunch,
  settings: async () => (await import("./src/cli/show_settings.ts")).runSettings,
  doctor: async () => (await import("./src/cli/doctor.ts")).runDoctor,
  catalog: async () => (await import("./src/cli/catalog.ts")).runCatalog,
  peer: async () => (await import("./src/cli/peer.ts")).runPeer,
  service: async () => (await import("./src/cli/service.ts")).runService,
  completions: async () => (await import("./src/cli/completions.ts")).runCompletions,
  version: async () => (await import("./src/cli/version.ts")).runVersion,
};

/** Runs the program; gives the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  const [first = "", ...others] = args;
  const has_name = first !== "" && !first.startsWith("-");
  const [command, rest] = has_name ? [first, others] : ["run", args];
  if (args.includes("--help") || args.includes("-h") || command === "help") {
    const asked = commandInfo(command === "help" ? others[0] ?? "" : has_name ? command : "");
    return await print(asked ? helpOf(asked) : overview());
  }
  const load = Object.hasOwn(RUNS, command) ? RUNS[command] : undefined;
  if (!load) return await complain(`"${command}" is not a command; try lanspread --help`);
  try {
    return await (await load())(rest);
  } catch (error) {
    return await complain(error instanceof Error ? error.message : String(error), exitCodeOf(error));
  }
}

async function print(text: string): Promise<number> {
  await Deno.stdout.write(new TextEncoder().encode(text));
  return 0;
}

async function complain(message: string, exit_code = 2): Promise<number> {
  await Deno.stderr.write(new TextEncoder().encode(`lanspread: ${message.replaceAll("\n", " ")}\n`));
  return exit_code;
}

/** What the flags or files given at the start cause is wrong usage; anything else is a failure. */
function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["usage", "io", "catalog_invalid", "address_in_use", "already_running"].some((known) =>
      known === code
    )
    ? 2
    : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
