/**
 * `deno task bench [name…]`: figures and ratios, measured in one run on one machine; all benchmarks without a name.
 *
 * Flags: `--rounds N` (default 3) and `--mib N` (default 1024, the size of `transfer`, `engines`, `install` and
 * `stream`); `--json <file>` keeps the results and replaces those of the same benchmarks; `--plot <file>` draws what is kept, or this run, as SVG;
 * `--scale-plot <file>` draws what `scale` measured.
 *
 * @module
 */

import { z } from "zod";
import { parseArgs } from "../../src/base/std/cli.ts";
import { leftOut, print } from "../support/print.ts";
import { takeRows } from "./figures.ts";
import { benchHashing } from "./hashing_bench.ts";
import { endOnInterrupt, interrupted } from "./interrupt.ts";
import { benchEngines } from "./engines_bench.ts";
import { benchInstall } from "./install_bench.ts";
import { benchKilledSource } from "./killed_source_bench.ts";
import { whyNoLan } from "../support/lan.ts";
import { benchLibrary } from "./library_bench.ts";
import { benchLinks } from "./links_bench.ts";
import { plot } from "./plot.ts";
import { machine, readResults, type Results, writeResults } from "./results.ts";
import { benchScale } from "./scale_bench.ts";
import { benchServing } from "./serving_bench.ts";
import { benchSlowSource } from "./slow_source_bench.ts";
import { benchSmallFiles } from "./small_files_bench.ts";
import { benchStream } from "./stream_bench.ts";
import { benchTransfer } from "./transfer_bench.ts";

const count = z.coerce.number().int().positive();
const Flags = z.object({
  _: z.array(z.coerce.string()),
  rounds: count.default(3),
  mib: count.default(1_024),
  json: z.string().optional(),
  plot: z.string().optional(),
  "scale-plot": z.string().optional(),
});
const parsed = Flags.safeParse(
  parseArgs(Deno.args, { string: ["rounds", "mib", "json", "plot", "scale-plot"] }),
);
if (!parsed.success) {
  print(`wrong flags:\n${z.prettifyError(parsed.error)}`);
  Deno.exit(2);
}
const flags = parsed.data;
const round_count = flags.rounds;
const BENCHES: Record<string, () => Promise<void>> = {
  transfer: () => benchTransfer({ round_count, size_mib: flags.mib }),
  hashing: () => benchHashing({ round_count, size_mib: flags.mib }),
  links: () => onLan("links", () => benchLinks(round_count)),
  sources: () =>
    onLan("sources", async () => {
      await benchSlowSource(round_count);
      await benchKilledSource(round_count);
    }),
  engines: () => benchEngines({ round_count, size_mib: flags.mib }),
  small: () => benchSmallFiles(round_count),
  serving: benchServing,
  library: benchLibrary,
  scale: () => benchScale(flags["scale-plot"]),
  install: () => benchInstall({ round_count, size_mib: flags.mib }),
  stream: () => benchStream({ round_count, size_mib: flags.mib }),
};

async function onLan(name: string, bench: () => Promise<void>): Promise<void> {
  if (!leftOut(name, await whyNoLan())) await bench();
}

async function keep(results: Results): Promise<void> {
  if (flags.json !== undefined) await writeResults(flags.json, results);
  if (flags.plot !== undefined) await Deno.writeTextFile(flags.plot, plot(results));
}

const names = flags._.length > 0 ? flags._ : Object.keys(BENCHES);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  print(`"${unknown}" is no benchmark; there are ${Object.keys(BENCHES).join(", ")}`);
  Deno.exit(2);
}
endOnInterrupt();
const results: Results = flags.json === undefined ? { parts: {} } : await readResults(flags.json);
for (const name of names) {
  try {
    await BENCHES[name]?.();
  } catch (error) {
    await interrupted();
    throw error;
  }
  const rows = takeRows();
  if (rows.length > 0) results.parts[name] = { on: machine(), rows };
  await keep(results);
}
// The signals are still listened to.
Deno.exit(0);
