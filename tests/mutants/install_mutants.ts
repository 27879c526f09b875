/**
 * Mutants of what happens to an install: transactions, recovery, archives, streams, removal, launch.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

const TRANSACTION = "tests/install/transaction_test.ts";

export const INSTALL_MUTANTS: readonly Mutant[] = [
  {
    name: "unproven-folder-deleted",
    defect: "a `.local.backup/` that nothing proves to be lanspread's is deleted",
    file: "src/install/recover.ts",
    find: '"removing"], backup: "unmarked" },\n    "leave-backup",',
    replace: '"removing"], backup: "unmarked" },\n    "remove-backup",',
    caught_by: { file: "tests/install/recovery_test.ts", filter: "never touches an unmarked directory" },
  },
  {
    name: "marker-ignored",
    defect: "a `.local.installing/` with lanspread's marker stays for ever",
    file: "src/install/recover.ts",
    find: 'rule({ installing: "marked" }, "remove-installing",',
    replace: 'rule({ installing: "marked" }, "leave-installing",',
    caught_by: { file: "tests/install/recovery_test.ts", filter: "removes marked directories" },
  },
  {
    name: "recovery-skipped",
    defect: "a start does not bring in order what was interrupted",
    file: "src/peer/game_dir.ts",
    find: "of await recoverAll(game_dir, intents, () => false, signal)) {",
    replace: "of await recoverAll(game_dir, intents, () => true, signal)) {",
    caught_by: {
      file: "tests/scenarios/s10_install_operations_test.ts",
      filter: "S41: a start brings back the old install",
    },
  },
  {
    name: "old-install-deleted-first",
    defect: "an update deletes the old install before the new one stands",
    file: "src/install/replace.ts",
    find: "await renameRetrying(local, join(game_root, BACKUP_NAME));",
    replace: "await Deno.remove(local, { recursive: true });",
    caught_by: { file: TRANSACTION, filter: "before the decision puts everything back" },
  },
  {
    name: "intent-not-written",
    defect: "an operation begins without its intent",
    file: "src/install/transact.ts",
    find: "await intents.write(game_id, game_root, intent, details);",
    replace: "void [intent, details];",
    caught_by: { file: TRANSACTION, filter: "before the decision puts everything back" },
  },
  {
    name: "install-not-synced",
    defect: "`local/` appears before its files are on the disk",
    file: "src/install/staging_area.ts",
    find: "    await syncTree(destination, signal);\n",
    replace: "",
    caught_by: { file: "tests/install/sync_order_test.ts" },
  },
  {
    name: "marker-left-in-install",
    defect: "lanspread's marker stays in the user's install",
    file: "src/install/staging_area.ts",
    find: "  await unmark(join(game_root, STAGING_NAME));\n",
    replace: "",
    caught_by: { file: TRANSACTION, filter: "makes local/ complete" },
  },
  {
    name: "link-unpacked",
    defect: "links in an archive are unpacked",
    file: "src/install/entries.ts",
    find: 'if (!isPlain(entry)) return "it is a link or a device";',
    replace: "",
    caught_by: { file: "tests/install/entries_test.ts", filter: "entryProblem() refuses" },
  },
  {
    name: "entry-leaves-the-staging",
    defect: "an archive's entry may have any name",
    file: "src/install/entries.ts",
    find: 'return installPathProblem(name.normalize("NFC"));',
    replace: "return undefined;",
    caught_by: { file: "tests/install/entries_test.ts", filter: "entryProblem() refuses" },
  },
  {
    name: "stream-hash-ignored",
    defect: "a streamed file is taken whatever its checksum",
    file: "src/install/streamed_tree.ts",
    find: 'if (hash.digest("hex") !== sha256) {',
    replace: 'if (hash.digest("hex") === "") {',
    caught_by: { file: "tests/install/streamed_tree_test.ts", filter: "writeStreamedTree() refuses" },
  },
  {
    name: "stream-may-end-early",
    defect: "a stream that leaves files out is complete",
    file: "src/install/streamed_tree.ts",
    find: 'if (!is_whole) throw wrong("it does not hold what was announced");',
    replace: "void is_whole;",
    caught_by: { file: "tests/install/streamed_tree_test.ts", filter: "writeStreamedTree() refuses" },
  },
  {
    name: "stream-without-failover",
    defect: "a streamed install ends with its first source",
    file: "src/peer/stream_install.ts",
    find: "      ports.onRejected(peer_id, messageOf(error));\n",
    replace: "      if (!isLocal(error)) throw error;\n",
    caught_by: {
      file: "tests/scenarios/s24_stream_failover_test.ts",
      filter: "S24: the source is killed in the middle",
    },
  },
  {
    name: "installed-game-removed",
    defect: "a game can be removed while it is installed",
    file: "src/install/remove.ts",
    find: "if (await isInstalled(game_root)) {",
    replace: "if (game_root.length === 0) {",
    caught_by: {
      file: "tests/scenarios/s10_install_operations_test.ts",
      filter: "S10: uninstall keeps the download",
    },
  },
  {
    name: "link-removed-through",
    defect: "deleting a folder deletes what a link in it points to",
    file: "src/install/owned_dir.ts",
    find: "    await removeRetrying(path, { recursive: true });\n  } catch (error) {",
    replace:
      "    await removeRetrying(await Deno.realPath(path), { recursive: true });\n    await Deno.remove(path).catch(() => {});\n  } catch (error) {",
    caught_by: { file: TRANSACTION, filter: "does not follow links inside local/" },
  },
  {
    name: "setup-every-time",
    defect: "the setup runs at every launch",
    file: "src/install/launch.ts",
    find: "if (script === undefined || await isSetUp(options)) return false;",
    replace: "if (script === undefined) return false;",
    caught_by: { file: "tests/install/launch_test.ts", filter: "runs the setup once" },
  },
  {
    name: "setup-failure-ignored",
    defect: "a game is started though its setup failed",
    file: "src/install/launch.ts",
    find: "  if (!success) {",
    replace: "  if (!success && code < 0) {",
    caught_by: { file: "tests/install/launch_test.ts", filter: "a setup that fails is told" },
  },
  {
    name: "install-under-an-old-version",
    defect: "an install is noted under the version that the last scan saw",
    file: "src/peer/install_operations.ts",
    find: "    await library.refreshRoot(game_id, signal, true).catch(() => {});\n",
    replace: "    signal.throwIfAborted();\n",
    caught_by: { file: "tests/peer/install_operations_test.ts" },
  },
];
