/**
 * `deno task mutants [name…]`: breaks a copy of the program on purpose, one defect at a time, and shows which test
 * notices. All defects without a name; `--list` prints them as a table and runs nothing.
 *
 * Goals: a defect that no test notices is a failure, and so is one whose text does not stand in the source any more, or
 * whose tests fail without it. Non-goals: finding defects; `mutants.ts` is the list, written by hand.
 *
 * @module
 */

import { messageOf } from "../../src/base/errors.ts";
import { Scope } from "../../src/base/scope.ts";
import { parseArgs } from "../../src/base/std/cli.ts";
import { fromFileUrl, join } from "../../src/base/std/path.ts";
import { print } from "../support/print.ts";
import { type Catcher, catcherName, type Mutant, type MutantResult, mutate } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { ScratchCopy, trackedFiles } from "./scratch_copy.ts";
import { markdownTable, resultLine } from "./table.ts";
import { type Trial, tryTests } from "./trial.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");
/** Tests that take longer are killed. */
const DEADLINE_MS = 120_000;

/** Mutants that are tried at a time, each in a copy of its own: most of the time tests wait for something. */
const AT_ONCE = 2;

/** What is run, and where; everything of this repository where nothing is said. */
export interface MutantRun {
  readonly mutants?: readonly Mutant[];
  /** The repository. */
  readonly root?: string;
  /** Its files; those that git does not ignore without them. */
  readonly files?: readonly string[];
  readonly deadline_ms?: number;
  /** Hears of each result as it comes. */
  readonly onResult?: (result: MutantResult) => void;
  readonly signal?: AbortSignal;
}

/** Tries the mutants of these names, all without a name. Throws `RangeError` for a name that there is not. */
export async function runMutants(names: readonly string[], run: MutantRun = {}): Promise<MutantResult[]> {
  const { mutants = MUTANTS, root = ROOT, deadline_ms = DEADLINE_MS, onResult = () => {}, signal } = run;
  const chosen = choose(names, mutants);
  const files = run.files ?? await trackedFiles(root);
  const results = new Map<Mutant, MutantResult>();
  const waiting = [...chosen];
  const sound = new Map<string, Promise<Trial>>();
  const work = async (inner: AbortSignal) => {
    await using copy = await ScratchCopy.make(root, files);
    const bench = new TestBench(copy, sound, deadline_ms, inner);
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const result = await bench.try(mutant);
      inner.throwIfAborted();
      results.set(mutant, result);
      onResult(result);
    }
  };
  await using scope = new Scope(signal ? { parent: signal } : {});
  for (let i = 0; i < AT_ONCE; i++) scope.spawn("mutants", work);
  await scope.join();
  signal?.throwIfAborted();
  return chosen.flatMap((mutant) => results.get(mutant) ?? []);
}

function choose(names: readonly string[], mutants: readonly Mutant[]): readonly Mutant[] {
  const unknown = names.find((name) => !mutants.some((mutant) => mutant.name === name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is no mutant; --list shows all`);
  return names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name));
}

/** A copy that is broken and mended. */
class TestBench {
  /** `sound` holds the tests without any defect, by what is run. */
  constructor(
    readonly copy: ScratchCopy,
    readonly sound: Map<string, Promise<Trial>>,
    readonly deadline_ms: number,
    readonly signal: AbortSignal,
  ) {}

  async try(mutant: Mutant): Promise<MutantResult> {
    const path = join(this.copy.root, mutant.file);
    const sound = await this.#withoutDefect(mutant.caught_by);
    if (sound.end !== "green") {
      return survived(mutant, `not green without it: ${sound.end}\n${sound.output.slice(-2_000)}`, sound);
    }
    try {
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, mutate(text, mutant));
      const trial = await this.#tryTests(mutant.caught_by).finally(() => Deno.writeTextFile(path, text));
      return resultOf(mutant, trial);
    } catch (error) {
      return survived(mutant, messageOf(error));
    }
  }

  #withoutDefect(catcher: Catcher): Promise<Trial> {
    const key = catcherName(catcher);
    const trial = this.sound.get(key) ?? this.#tryTests(catcher);
    this.sound.set(key, trial);
    return trial;
  }

  #tryTests(catcher: Catcher): Promise<Trial> {
    return tryTests(this.copy, catcher, this.deadline_ms, this.signal);
  }
}

function resultOf(mutant: Mutant, trial: Trial): MutantResult {
  const { end, failed: [first], seconds } = trial;
  switch (end) {
    case "red":
      return { mutant, is_caught: true, what: first ?? "", seconds };
    case "late":
      return { mutant, is_caught: true, what: "the tests did not end", seconds };
    case "green":
      return survived(mutant, `nobody noticed: ${catcherName(mutant.caught_by)}`, trial);
    case "void":
      return survived(mutant, `the code did not load:\n${trial.output.slice(-2_000)}`, trial);
  }
}

function survived(mutant: Mutant, what: string, trial?: Trial): MutantResult {
  return { mutant, is_caught: false, what, seconds: trial?.seconds ?? 0 };
}

if (import.meta.main) {
  const { _: words, list } = parseArgs(Deno.args, { boolean: ["list"] });
  if (list) {
    print(markdownTable(MUTANTS));
    Deno.exit(0);
  }
  const stop = new AbortController();
  for (const name of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new Error("interrupted")));
  }
  const onResult = (result: MutantResult) => print(resultLine(result));
  const running = runMutants(words.map(String), { onResult, signal: stop.signal });
  const results = await running.catch((error) => {
    if (!stop.signal.aborted && !(error instanceof RangeError)) throw error;
    print(messageOf(error));
    Deno.exit(stop.signal.aborted ? 130 : 2);
  });
  const holes = results.filter(({ is_caught }) => !is_caught);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  print(`${results.length - holes.length} of ${results.length} caught in ${seconds.toFixed(0)} s`);
  if (holes.length > 0) print(`holes: ${holes.map(({ mutant }) => mutant.name).join(", ")}`);
  Deno.exit(holes.length > 0 ? 1 : 0);
}
