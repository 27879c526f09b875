/**
 * One run of some tests, and what it shows.
 *
 * @module
 */

import { failuresOf } from "../suite/summary.ts";
import type { Catcher } from "./mutant.ts";
import type { ScratchCopy } from "./scratch_copy.ts";

/** `late`: the tests were not over in time. `void`: nothing was tested, because nothing ran or the code did not load. */
export type TrialEnd = "green" | "red" | "late" | "void";

/** What came of the tests. */
export interface Trial {
  readonly end: TrialEnd;
  readonly seconds: number;
  /** The names of the tests that failed. */
  readonly failed: readonly string[];
  /** All that was printed. */
  readonly output: string;
}

/** Runs the tests in the copy, without a type check; after `deadline_ms` and when the signal aborts they are killed. */
export async function tryTests(
  copy: ScratchCopy,
  catcher: Catcher,
  deadline_ms: number,
  signal: AbortSignal,
): Promise<Trial> {
  const { file, filter } = catcher;
  const filters = filter === undefined ? [] : ["--filter", filter];
  const temp = copy.temp_dir;
  signal.throwIfAborted();
  const started_ms = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    // A defect may be one that takes memory without end.
    args: [
      "test",
      "-A",
      "--no-check",
      "--fail-fast",
      "--v8-flags=--max-old-space-size=1024",
      ...filters,
      file,
    ],
    cwd: copy.root,
    env: { NO_COLOR: "1", TMPDIR: temp, TMP: temp, TEMP: temp },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const over = AbortSignal.any([signal, AbortSignal.timeout(deadline_ms)]);
  const onOver = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  };
  over.addEventListener("abort", onOver, { once: true });
  const { success, stdout, stderr } = await child.output().finally(() =>
    over.removeEventListener("abort", onOver)
  );
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const seconds = (performance.now() - started_ms) / 1_000;
  return { ...judge(output, success), ...(over.aborted ? { end: "late" } : {}), seconds, output };
}

/** What the output of `deno test` says. */
export function judge(output: string, success: boolean): Pick<Trial, "end" | "failed"> {
  const lines = output.split("\n");
  // Of a module that does not load Deno says it in another way: its tests have shown nothing. The name of a test that
  // took a minute is cut from its end; it is read from the list of failures.
  const ended = lines.flatMap((line) => /^(.+) \.\.\. FAILED\b/.exec(line)?.[1] ?? []);
  const failed = [...new Set([...ended, ...failuresOf(output).map((line) => line.split(" => ")[0] ?? "")])];
  const passed = lines.filter((line) => / \.\.\. ok\b/.test(line));
  if (success) return { end: passed.length > 0 ? "green" : "void", failed: [] };
  return { end: failed.length > 0 ? "red" : "void", failed };
}
