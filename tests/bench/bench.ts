/**
 * `deno task bench [transfer] [library] [install]`: figures and ratios, measured in one run on one machine; all without a name.
 *
 * Flags: `--rounds N` (default 5) and `--mib N` (default 1024), both for transfer and install.
 *
 * @module
 */

import { parseArgs } from "../../src/base/std/cli.ts";
import { print } from "../support/print.ts";
import { benchInstall } from "./install_bench.ts";
import { benchLibrary } from "./library_bench.ts";
import { benchTransfer } from "./transfer_bench.ts";

const flags = parseArgs(Deno.args, { string: ["rounds", "mib"] });
const sizes = { round_count: Number(flags.rounds ?? 5), size_mib: Number(flags.mib ?? 1_024) };
const BENCHES: Record<string, () => Promise<void>> = {
  transfer: () => benchTransfer(sizes),
  library: benchLibrary,
  install: () => benchInstall(sizes),
};

const names = flags._.length > 0 ? flags._.map(String) : Object.keys(BENCHES);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  print(`"${unknown}" is no benchmark; there are ${Object.keys(BENCHES).join(", ")}`);
  Deno.exit(2);
}
for (const name of names) await BENCHES[name]?.();
