/**
 * A soak from its seed: rounds of storm and quiet, watched all the time, and at the end each peer next to a fresh one.
 *
 * @module
 */

import { playStorm } from "./driver.ts";
import { keepLogs } from "./kept_logs.ts";
import { leakProblems } from "./leak_rules.ts";
import { Party } from "./party.ts";
import { actionText, planSoak, type Round } from "./plan.ts";
import { quiet, restingFigures } from "./quiet.ts";
import { operationRows, Tally } from "./tally.ts";
import { watchAll } from "./watch.ts";

const MIB = 1024 * 1024;

/** What a soak is made from. */
export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly peers: number;
  readonly lab: "namespaces" | "loopback";
  print(line: string): void;
}

/** What came of it. */
export interface SoakResult {
  readonly problems: readonly string[];
  /** The folder that everything was in, which is gone. */
  readonly dir: string;
}

/** Runs a soak. Throws only the signal's reason and what keeps it from beginning. */
export async function runSoak(options: SoakOptions, signal: AbortSignal): Promise<SoakResult> {
  const plan = planSoak(options);
  await using party = await Party.gather(options);
  const soak = new Soak(party, options.print, signal);
  await soak.play(plan);
  soak.summarize();
  const problems = [...party.problems];
  if (problems.length > 0) options.print(`everything is kept in ${await keepLogs(party, soak.story)}`);
  return { problems, dir: party.swarm.dir.path };
}

class Soak {
  readonly story: string[] = [];
  readonly #tally = new Tally();
  readonly #began_ms = performance.now();
  #looks = 0;
  #longest_ms = 0;

  constructor(
    readonly party: Party,
    readonly print: (line: string) => void,
    readonly signal: AbortSignal,
  ) {
    party.onProblem = (problem) => this.#tell(`RULE BROKEN: ${problem}`);
  }

  #tell(line: string): void {
    const seconds = (performance.now() - this.#began_ms) / 1_000;
    this.story.push(`${seconds.toFixed(1).padStart(6)} s  ${line}`);
    this.print(this.story.at(-1) ?? "");
  }

  /** All rounds; stops behind the first one in which a rule was broken. */
  async play(plan: readonly Round[]): Promise<void> {
    const stop = new AbortController();
    const watching = watchAll(this.party, AbortSignal.any([this.signal, stop.signal]));
    watching.catch(() => {}); // Told below.
    try {
      await this.#calm();
      for (const [n, round] of plan.entries()) {
        if (this.party.problems.size > 0) break;
        this.#tell(`round ${n + 1} of ${plan.length}: ${round.actions.length} actions`);
        await playStorm(this.party, round, (action, done) => {
          this.#tally.note(action.kind, done);
          this.#tell(`${actionText(action)}${done.as === "done" ? "" : `: ${done.as}, ${done.why}`}`);
        }, this.signal);
        await this.#calm();
      }
      if (this.party.problems.size === 0) await this.#compareWithFresh();
    } catch (error) {
      this.signal.throwIfAborted();
      this.party.problem(error instanceof Error ? error.stack ?? error.message : String(error));
    } finally {
      stop.abort();
      this.#looks = await watching;
    }
  }

  async #calm(): Promise<void> {
    const { rest_ms, converge_ms } = await quiet(this.party, this.signal);
    this.#longest_ms = Math.max(this.#longest_ms, converge_ms);
    this.#tell(`quiet: at rest after ${s(rest_ms)}, all views true after ${s(converge_ms)} more`);
  }

  /** Every peer stops cleanly and starts again: what the old process held beyond the new one has leaked. */
  async #compareWithFresh(): Promise<void> {
    const { party, signal } = this;
    const old = await restingFigures(party, signal);
    await Promise.all(party.peers.map((peer) => peer.stop()));
    await Promise.all(party.peers.map((peer) => peer.start()));
    await this.#calm();
    const fresh = await restingFigures(party, signal);
    for (const [peer, figures] of old) {
      const problems = leakProblems(figures, { fresh: fresh.get(peer) });
      for (const problem of problems) party.problem(`${peer.name}: ${problem}`);
      const [before, now] = [figures, fresh.get(peer)].map((one) =>
        `${
          ((one?.resident_bytes ?? 0) / MIB).toFixed(0)
        } MiB, ${one?.handles} handles, ${one?.threads} threads`
      );
      this.#tell(`${peer.name}: ${before}; started again: ${now}`);
    }
  }

  /** Prints what happened. */
  summarize(): void {
    const { party, print } = this;
    const lives = party.peers.reduce((sum, peer) => sum + peer.lives.length, 0);
    const peaks = party.peers.map((peer) => peer.peak_bytes);
    for (const row of this.#tally.rows()) print(row);
    for (const row of operationRows(party.peers.flatMap((peer) => peer.told))) print(row);
    print(`processes: ${lives}; killed: ${this.#tally.count("kill")}; rounds of looking: ${this.#looks}`);
    print(`most memory of a peer: ${(Math.max(...peaks) / MIB).toFixed(0)} MiB`);
    print(`longest time until all views were true: ${s(this.#longest_ms)}`);
    print(`wrong copies that said they were not verified: ${party.unverified}`);
    print(`rules broken: ${party.problems.size}`);
    for (const problem of party.problems) print(`  ${problem}`);
  }
}

function s(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
