/**
 * `deno task bench [transfer] [library] [stream]`: figures and ratios, measured in one run on one machine; all without a name.
 *
 * Flags: `--rounds N` (default 5) and `--mib N` (default 1024) for the transfer; 3 and 512 for the stream.
 *
 * @module
 */

import { parseArgs } from "../../src/base/std/cli.ts";
import { print } from "../support/print.ts";
import { benchLibrary } from "./library_bench.ts";
import { benchStream } from "./stream_bench.ts";
import { benchTransfer } from "./transfer_bench.ts";

const flags = parseArgs(Deno.args, { string: ["rounds", "mib"] });
const BENCHES: Record<string, () => Promise<void>> = {
  transfer: () =>
    benchTransfer({ round_count: Number(flags.rounds ?? 5), size_mib: Number(flags.mib ?? 1_024) }),
  library: benchLibrary,
  stream: () => benchStream({ round_count: Number(flags.rounds ?? 3), size_mib: Number(flags.mib ?? 512) }),
};

const names = flags._.length > 0 ? flags._.map(String) : Object.keys(BENCHES);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  print(`"${unknown}" is no benchmark; there are ${Object.keys(BENCHES).join(", ")}`);
  Deno.exit(2);
}
for (const name of names) await BENCHES[name]?.();
