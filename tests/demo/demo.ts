/**
 * `deno task demo`: a small LAN party on one machine, for somebody who sees lanspread for the first time.
 *
 * Three real peer processes on loopback, in a temporary folder. Whatever happens, a signal included, both are gone
 * at the end. Exit codes: 0 all shown and checked, 1 something failed, 130 and 143 stopped by a signal.
 *
 * @module
 */

import { Swarm } from "../support/swarm.ts";
import { discover, gather, listGames, makeGames, sayGoodbye, type Stage } from "./chapters.ts";
import { Interrupt, leaveNothing } from "./cleanup.ts";
import { complain, failureReport, firstLine } from "./failure.ts";
import { fetchInDetail, fetchInShort } from "./fetch_chapters.ts";
import { formatBytes } from "./format.ts";
import { partyGames, sizeOf } from "./games.ts";
import { Party } from "./party.ts";
import { Screen } from "./screen.ts";
import { neededBytes, requireSpace } from "./space.ts";
import { summarize } from "./summary.ts";

const BIG_GAME_BYTES = 256_000_000;

/** The demo from its first line to its last. */
async function tell(stage: Stage, swarm: Swarm): Promise<void> {
  const { screen, party, games: [big, small] } = stage;
  const started_ms = performance.now();
  introduce(stage);
  requireSpace(swarm.dir.path, neededBytes(stage.games));
  await makeGames(stage);
  const carol = await gather(stage);
  await discover(stage);
  await listGames(stage, carol);
  const outcomes = [await fetchInDetail(stage, carol, big), await fetchInShort(stage, carol, small)];
  await sayGoodbye(stage);
  await leaveNothing(swarm, party.processes);
  summarize(screen, outcomes, swarm.dir.path, (performance.now() - started_ms) / 1_000);
}

function introduce({ screen, games: [big] }: Stage): void {
  const size = formatBytes(sizeOf(big.files));
  screen.line(screen.paint("bold", "lanspread: a LAN party on this machine"));
  screen.line("");
  screen.say(
    "Three real peers, alice, bob and carol, over loopback only. Carol has no games. She finds the others by " +
      `herself, downloads a game of ${size} from both at once and installs it; then every byte is compared. ` +
      "All of it in a temporary folder that is gone at the end. Ctrl-C stops and cleans up.",
  );
}

async function main(): Promise<number> {
  using interrupt = new Interrupt();
  const screen = Screen.ofStdout();
  const swarm = await Swarm.make();
  const party = new Party(swarm);
  let exit_code = 0;
  try {
    await tell({ screen, party, games: partyGames(BIG_GAME_BYTES), signal: interrupt.signal }, swarm);
    interrupt.signal.throwIfAborted();
  } catch (error) {
    exit_code = interrupt.exit_code ?? 1;
    complain(
      interrupt.exit_code === undefined
        ? `\n${failureReport(screen.step_name, error, party.processes)}\n`
        : `\nStopped at ${screen.step_name}.`,
    );
  }
  if (exit_code === 0) return 0;
  return await cleanUp(swarm, party) ? exit_code : 1;
}

async function cleanUp(swarm: Swarm, party: Party): Promise<boolean> {
  try {
    await leaveNothing(swarm, party.processes);
    complain(`Cleaned up: no process is left, ${swarm.dir.path} is gone.`);
    return true;
  } catch (error) {
    complain(`Could not clean up: ${firstLine(error)}`);
    return false;
  }
}

if (import.meta.main) Deno.exit(await main());
