/**
 * `deno task test`: every test, in processes of two at a time, because most of what they do is wait.
 *
 * Given any argument, it is `deno test` with these arguments, in one process.
 *
 * @module
 */

import { walk } from "../../src/base/std/fs.ts";
import { print } from "../support/print.ts";
import { batchesOf } from "./batches.ts";
import { failuresOf, lineOf, summaryOf } from "./summary.ts";

/** Processes at a time. More of them make a machine of two cores so busy that waiting tests wait in vain. */
const PROCESSES = 2;
/** A process that is not over by then hangs: it is ended, and what it printed tells where. */
const MAX_MS = 600_000;

interface BatchEnd {
  is_good: boolean;
  output: string;
}

async function runBatch(batch: string[]): Promise<BatchEnd> {
  const signal = AbortSignal.timeout(MAX_MS);
  const { success, stdout, stderr } = await deno(["test", "-A", "--no-check", ...batch], "piped", signal)
    .output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  print(output.trimEnd());
  const why = signal.aborted ? `hung for ${MAX_MS / 60_000} minutes` : "ended early";
  if (!summaryOf(output)) print(`no summary: the tests of ${batch.join(" ")} ${why}`);
  return { is_good: success, output };
}

function deno(args: string[], out: "piped" | "inherit", signal?: AbortSignal): Deno.Command {
  const options = { args, stdin: "null", stdout: out, stderr: out } as const;
  return new Deno.Command(Deno.execPath(), signal ? { ...options, signal } : options);
}

async function runAll(): Promise<boolean> {
  const started_ms = performance.now();
  if (!(await deno(["check", "-q"], "inherit").output()).success) return false;
  const paths = (await Array.fromAsync(walk("tests"))).map(({ path }) => path.replaceAll("\\", "/"));
  const waiting = batchesOf(paths.filter((path) => path.endsWith("_test.ts")));
  const ends: BatchEnd[] = [];
  const lane = async () => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) ends.push(await runBatch(batch));
  };
  await Promise.all(Array.from({ length: PROCESSES }, lane));
  return tell(ends, (performance.now() - started_ms) / 1000);
}

/** Prints what failed and the last line; whether all is well. */
function tell(ends: BatchEnd[], seconds: number): boolean {
  const total = { passed: 0, failed: 0, ignored: 0 };
  for (const { output, is_good } of ends) {
    const { passed, failed, ignored } = summaryOf(output) ?? { passed: 0, failed: 0, ignored: 0 };
    total.passed += passed;
    total.ignored += ignored;
    // A process that ended badly counts, also where no test is named.
    total.failed += is_good ? failed : Math.max(failed, 1);
  }
  const failures = ends.flatMap(({ output }) => failuresOf(output));
  if (failures.length > 0) print(`\n FAILURES \n\n${[...new Set(failures)].join("\n")}`);
  print(`\n${lineOf(total, seconds)}`);
  return total.failed === 0 && total.passed > 0;
}

if (import.meta.main) {
  const is_good = Deno.args.length > 0
    ? (await deno(["test", "-A", ...Deno.args], "inherit").output()).success
    : await runAll();
  Deno.exit(is_good ? 0 : 1);
}
