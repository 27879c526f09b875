/**
 * `lanspread peer --jsonl`: the runtime alone, driven by JSON lines on stdin, answering by JSON lines on stdout.
 *
 * A line that is not a valid command is answered with a failed result, and the peer lives on. The end of stdin, the
 * command `shutdown`, SIGINT and SIGTERM stop it cleanly.
 *
 * @module
 */

import { withDeadline } from "../base/abort.ts";
import { BoundedQueue } from "../base/bounded_queue.ts";
import { LanspreadError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { Scope } from "../base/scope.ts";
import { VERSION } from "../base/version.ts";
import { answerCommand } from "../peer/answers.ts";
import { EventBus, type PeerEvent, snapshotKey } from "../peer/events.ts";
import { type PeerRuntime, startPeer } from "../peer/peer.ts";
import { readLines } from "./lines.ts";
import { print } from "./output.ts";
import { configureLogging } from "./logging.ts";
import { readSettings } from "./settings.ts";
import { onSignals } from "./signals.ts";

/** How long the last lines may take to be read. */
const OUTPUT_MS = 400;
const MAX_LINE_BYTES = 1024 * 1024;

/** The lines that wait to be written. */
type Output = BoundedQueue<Record<string, unknown> & { event: string }>;

/** Runs a peer until it is told to stop. Gives the exit code; throws `usage` and whatever keeps it from starting. */
export async function runPeer(args: readonly string[]): Promise<number> {
  if (!args.includes("--jsonl")) {
    throw new LanspreadError("usage", "peer needs --jsonl, the only interface it has");
  }
  const flags = args.filter((arg) => arg !== "--jsonl");
  const settings = await readSettings({ args: flags, env: (name) => Deno.env.get(name) });
  await using _ = await configureLogging(settings);
  const bus = new EventBus();
  const events = bus.listen();
  const peer = await startPeer(settings, bus);
  const { game_dir, state_dir, name } = settings;
  const output: Output = new BoundedQueue({
    snapshotKey,
    onOverflow: () => logger("peer").warn("nobody reads the output; it ends here, and the peer goes on"),
  });
  output.push({ event: "cli-started", name, peer_id: peer.peer_id, version: VERSION, game_dir, state_dir });
  return await converse(peer, events, output);
}

async function converse(
  peer: PeerRuntime,
  events: AsyncIterable<PeerEvent>,
  output: Output,
): Promise<number> {
  let failed = false;
  await using scope = new Scope({ onError: () => peer.shutdown() });
  const writing = writeAll(output).catch(() => peer.shutdown());
  using _ = onSignals(() => peer.shutdown());
  scope.spawn("stdin", (signal) => readCommands(peer, output, signal));
  for await (const event of events) {
    failed ||= event.event === "runtime-failed";
    output.push(event);
  }
  await peer.stopped;
  output.close();
  // Who reads no more must not keep the peer from ending.
  await withDeadline("output", OUTPUT_MS, new AbortController().signal, () => writing).catch(() => {});
  return failed ? 1 : 0;
}

async function writeAll(output: Output): Promise<void> {
  for await (const line of output) await print(JSON.stringify(line) + "\n");
  Deno.stdout.close();
}

async function readCommands(
  peer: PeerRuntime,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const stop = () => Deno.stdin.close();
  signal.addEventListener("abort", stop, { once: true });
  await using commands = new Scope({ parent: signal });
  try {
    for await (const line of readLines(Deno.stdin.readable, MAX_LINE_BYTES)) {
      if ("text" in line && line.text.trim() === "") continue;
      commands.spawn(
        "command",
        async () => void output.push(await answerCommand(peer, () => parseLine(line))),
      );
    }
  } finally {
    signal.removeEventListener("abort", stop);
    peer.shutdown();
  }
}

function parseLine(line: { text: string } | { too_long: true }): unknown {
  if ("too_long" in line) {
    throw new LanspreadError("invalid_request", `the line is longer than ${MAX_LINE_BYTES} bytes`);
  }
  try {
    return JSON.parse(line.text);
  } catch (cause) {
    throw new LanspreadError("invalid_request", "the line is not JSON; send one command object a line", {
      cause,
    });
  }
}
