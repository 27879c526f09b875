/**
 * Mutants of staying true: scan, monitor, durable writes, migration, shutdown.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

const ATOMIC = "tests/base/atomic_file_test.ts";

export const UPKEEP_MUTANTS: readonly Mutant[] = [
  {
    name: "scan-trusts-the-clock",
    defect: "a `version.ini` rewritten within one tick of the clock is not noticed",
    file: "src/watch/fingerprint.ts",
    find: '  hash.update(content ?? "");\n',
    replace: "",
    caught_by: { file: "tests/watch/fingerprint_test.ts" },
  },
  {
    name: "scan-disturbs-operations",
    defect: "a full scan announces what a running operation has on the disk",
    file: "src/peer/local_library.ts",
    find: "isBusy(id) && !force.includes(id) ? this.#games.get(id) ?? null : undefined;",
    replace: "isBusy(id) && force.includes(id) ? this.#games.get(id) ?? null : undefined;",
    caught_by: { file: "tests/peer/local_library_test.ts", filter: "a game with a running operation keeps" },
  },
  {
    name: "hints-lost-during-operations",
    defect: "what changed on the disk during an operation is never looked at",
    file: "src/watch/root_gate.ts",
    find: "      this.#held.add(id);\n",
    replace: "",
    caught_by: { file: "tests/watch/monitor_test.ts", filter: "events during an operation wait for its end" },
  },
  {
    name: "hints-lost-during-scans",
    defect: "what changes during a scan is never looked at",
    file: "src/watch/root_gate.ts",
    find: "this.#scanning.set(id, !is_idle);",
    replace: "this.#scanning.set(id, false);",
    caught_by: { file: "tests/watch/monitor_test.ts", filter: "many events at once lead to one scan" },
  },
  {
    name: "no-reconcile",
    defect: "no full scan ever makes up for lost hints",
    file: "src/watch/monitor.ts",
    find: "        scope.spawn(FULL_SCAN, (inner) => this.#options.reconcile(inner));\n",
    replace: "",
    caught_by: { file: "tests/watch/monitor_test.ts", filter: "a full scan runs every 300 s" },
  },
  {
    name: "write-without-sync",
    defect: "a file is renamed into place before its content is on the disk",
    file: "src/base/atomic_file.ts",
    find: "  await file.sync();\n",
    replace: "",
    caught_by: { file: ATOMIC, filter: "syncs the data before the rename" },
  },
  {
    name: "rename-without-sync",
    defect: "a rename is not made durable",
    file: "src/base/atomic_file.ts",
    find: "  await syncDirectory(dirname(path));\n",
    replace: "",
    caught_by: { file: ATOMIC, filter: "syncs the data before the rename" },
  },
  {
    name: "legacy-file-deleted-first",
    defect: "an old file is deleted before its replacement is written",
    file: "src/migration/migrate.ts",
    find:
      '    const undo = await file.replace(text);\n    steps("replaced");\n    await remove(file.path, undo ?? undefined);\n',
    replace:
      '    await remove(file.path, undefined);\n    steps("replaced");\n    await file.replace(text);\n',
    caught_by: { file: "tests/migration/migrate_test.ts", filter: "no old file goes before" },
  },
  {
    name: "new-limit-unheard",
    defect: "who waits for a limit that is lifted waits for the old one",
    file: "src/base/rate_limit.ts",
    find: "    this.#changed.abort();\n",
    replace: "",
    caught_by: { file: "tests/base/rate_limit_test.ts", filter: "who waits when the limit is raised" },
  },
  {
    name: "flags-kept-for-good",
    defect: "what a flag says of one start is written into `config.json` with the next change",
    file: "src/cli/save_settings.ts",
    find: ".filter(([key, value]) => value !== old[key])",
    replace: ".filter(([key]) => key in old)",
    caught_by: { file: "tests/cli/save_settings_test.ts", filter: "only what was changed is remembered" },
  },
  {
    name: "shutdown-cancels-nothing",
    defect: "a peer that stops lets its tasks run on",
    file: "src/peer/runtime.ts",
    find: '    scope.abort(new LanspreadError("shutting_down", "the peer is shutting down"));\n',
    replace: "",
    caught_by: { file: "tests/peer/runtime_test.ts", filter: "after a shutdown no task runs" },
  },
  {
    name: "shutdown-leaves-things-open",
    defect: "what was opened at the start is not closed at the end",
    file: "src/peer/runtime.ts",
    find: "if (this.#resources) ending.use(this.#resources);",
    replace: "",
    caught_by: { file: "tests/peer/runtime_test.ts", filter: "after a shutdown no task runs" },
  },
  {
    name: "failed-server-unnoticed",
    defect: "a peer whose listener failed runs on",
    file: "src/peer/runtime.ts",
    find:
      '      this.#emit({ event: "runtime-failed", component, error: messageOf(error) });\n      this.shutdown();\n',
    replace: "      void [component, error];\n",
    caught_by: { file: "tests/peer/runtime_test.ts", filter: "a listener that fails is told" },
  },
];
