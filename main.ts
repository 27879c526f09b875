/**
 * lanspread: every machine at the party shares its games.
 *
 * @module
 */

const USAGE = `lanspread: share games on a local network

  lanspread peer --jsonl --game-dir <folder> [flags]   run a peer, driven by JSON lines
  lanspread catalog build <folder>                     write a catalog of the games in a folder
  lanspread version                                    print the version

Flags of everything that starts a peer (each also as LANSPREAD_<NAME>, or in <state-dir>/config.json):
  --game-dir <folder>    the folder that holds your games, one folder a game
  --state-dir <folder>   where lanspread keeps its own data
  --name <name>          how others see this machine (default: the host name)
  --interface <ip>       use only this network; may be repeated (default: every usable one)
  --port <udp>           UDP port (default: 5477, or the next free one)
  --quic <engine>        auto, deno or matrixai (default: auto)
  --party <passphrase>   a closed party (default: the open party)
  --catalog <file>       the games that this party plays
  --limit-up <rate>      send at most so much a second to all others: 20M is 20 MiB/s (default: off)
  --limit-down <rate>    download at most so much a second (default: off)
  --no-install           do not install after a download
  --log <level>          trace, debug, info, warning, error or off (default: warning)
`;

/** Runs the program; gives the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || args.includes("--help") || args.includes("-h")) return print(USAGE);
  try {
    switch (command) {
      case "peer":
        return await (await import("./src/cli/peer.ts")).runPeer(rest);
      case "catalog":
        return await (await import("./src/cli/catalog.ts")).runCatalog(rest);
      case "version":
        return print(
          `lanspread ${(await import("./src/base/version.ts")).VERSION}, Deno ${Deno.version.deno}\n`,
        );
      default:
        return complain(`"${command}" is not a command; try lanspread --help`);
    }
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error), exitCodeOf(error));
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
