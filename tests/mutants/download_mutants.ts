/**
 * Mutants of the download: plan, schedule, writing, verification, journal, commit.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

const SCHEDULER = "tests/peer/download/scheduler_test.ts";
const DOWNLOAD = "tests/peer/download/download_test.ts";

export const DOWNLOAD_MUTANTS: readonly Mutant[] = [
  {
    name: "majority-reversed",
    defect: "the file list that the fewest peers have wins",
    file: "src/peer/download/plan.ts",
    find: ".sort((a, b) => b.sources.length - a.sources.length);",
    replace: ".sort((a, b) => a.sources.length - b.sources.length);",
    caught_by: { file: "tests/scenarios/s15_sources_test.ts", filter: "S17: a peer with a wrong file size" },
  },
  {
    name: "any-version-offered",
    defect: "an offer of another version than the wanted one is used",
    file: "src/peer/download/plan.ts",
    find: "if (details.version !== wanted) return `it has version ${details.version}, not ${wanted}`;",
    replace: "",
    caught_by: { file: "tests/peer/download/plan_test.ts", filter: "counts only the wanted version" },
  },
  {
    name: "sources-of-any-version",
    defect: "peers with another version count as sources",
    file: "src/peer/peer_db.ts",
    find: ".filter((holder) => holder.version === version)",
    replace: ".filter((holder) => holder.version !== undefined)",
    caught_by: { file: "tests/peer/peer_db_test.ts", filter: "a source is a ready" },
  },
  {
    name: "disk-space-not-checked",
    defect: "a download begins though the disk has no room for it",
    file: "src/peer/download/game_files.ts",
    find: "if (wanted_bytes <= free_bytes) return;",
    replace: "if (wanted_bytes >= 0) return;",
    caught_by: { file: "tests/scenarios/s25_low_disk_test.ts" },
  },
  {
    name: "written-at-the-beginning",
    defect: "every chunk is written to the beginning of its file",
    file: "src/peer/download/sinks.ts",
    find: "if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);",
    replace: "",
    caught_by: { file: "tests/peer/download/fetch_test.ts", filter: "writes into its place" },
  },
  {
    name: "failed-chunk-dropped",
    defect: "a chunk that failed is never asked for again",
    file: "src/peer/download/scheduler.ts",
    find: "    this.#settle(range, keeps && !range.is_discarded, isAllHere(range), now_ms);",
    replace: "",
    caught_by: { file: SCHEDULER, filter: "a chunk that failed goes to another source" },
  },
  {
    name: "retried-at-the-same-source",
    defect: "a chunk that failed is asked of the same source again",
    file: "src/peer/download/scheduler.ts",
    find: 'if (verdict === "retry" || verdict === "drop") range.of.avoided.add(source.peer_id);',
    replace: "",
    caught_by: { file: SCHEDULER, filter: "does not get again what failed there" },
  },
  {
    name: "no-take-over",
    defect: "nobody takes over what a slow or dead source still has",
    file: "src/peer/download/scheduler.ts",
    find: "if (source.running.length === 0) this.#takeOver(source, forecast);",
    replace: "",
    caught_by: { file: SCHEDULER, filter: "an idle source takes over the end of a slow range" },
  },
  {
    name: "shortened-range-written-on",
    defect: "a source whose range was shortened writes over what another one sends",
    file: "src/peer/download/fetch.ts",
    find: "const wanted = part.subarray(0, Math.max(0, demand.wanted - received));",
    replace: "const wanted = part;",
    caught_by: {
      file: "tests/peer/download/fetch_test.ts",
      filter: "a range that is shortened while it comes",
    },
  },
  {
    name: "liar-never-dropped",
    defect: "a source that sends wrong bytes again and again stays",
    file: "src/peer/download/scheduler.ts",
    find: "if (sources.length > 1 || !source.lied()) continue;",
    replace: "continue;",
    caught_by: { file: SCHEDULER, filter: "after three its source is dropped" },
  },
  {
    name: "verification-skipped",
    defect: "a chunk is right whatever its hash",
    file: "src/peer/download/verify.ts",
    find: 'if (expected !== undefined) return sha256 === expected ? "verified" : "corrupt";',
    replace: 'if (expected !== undefined) return "verified";',
    caught_by: { file: "tests/peer/download/verify_test.ts", filter: "exactly its bytes are verified" },
  },
  {
    name: "one-word-against-another",
    defect: "of two hashes with equally many votes the first one is believed",
    file: "src/peer/download/verify.ts",
    find: "return first && first[1] !== second?.[1] ? first[0] : undefined;",
    replace: "return first && second !== null ? first[0] : undefined;",
    caught_by: { file: "tests/peer/download/verify_test.ts", filter: "equally many votes" },
  },
  {
    name: "late-hashes-not-asked",
    defect: "hashes that sources compute during the download change nothing",
    file: "src/peer/download/download.ts",
    find: "const wrong = new Set(await verification.recheck(used, signal));",
    replace: "const wrong = new Set<Chunk>();",
    caught_by: { file: "tests/peer/download/verified_download_test.ts" },
  },
  {
    name: "journal-before-sync",
    defect: "the journal knows chunks that are not on the disk yet",
    file: "src/peer/download/durable_chunks.ts",
    find: "      await this.#ports.sync(path);\n    } catch",
    replace: "      void this.#ports.sync(path);\n    } catch",
    caught_by: {
      file: "tests/peer/download/durable_chunks_test.ts",
      filter: "only after its file was synced",
    },
  },
  {
    name: "resume-without-hash",
    defect: "a download goes on with bytes that changed on the disk meanwhile",
    file: "src/peer/download/resume.ts",
    find: "return found.size === size && found.sha256 === sha256;",
    replace: "return found.size === size;",
    caught_by: {
      file: "tests/scenarios/s22_resume_test.ts",
      filter: "S22: a finished chunk whose bytes changed",
    },
  },
  {
    name: "nothing-resumed",
    defect: "finished chunks are fetched again after a restart",
    file: "src/peer/download/resume.ts",
    find: "if (await isOnDisk(chunk, sizes.get(chunk.path), manifest, ports, signal)) trusted.push(chunk);",
    replace: "await isOnDisk(chunk, sizes.get(chunk.path), manifest, ports, signal);",
    caught_by: {
      file: "tests/scenarios/s22_resume_test.ts",
      filter: "S22: after a SIGKILL of the downloader",
    },
  },
  {
    name: "changed-source-not-doubted",
    defect: "chunks of before a source's files changed are mixed with those of afterwards",
    file: "src/peer/download/transfer.ts",
    find: "this.order.journal.doubt();",
    replace: "",
    caught_by: {
      file: "tests/peer/download/verified_download_test.ts",
      filter: "rewrote its files at their sizes",
    },
  },
  {
    name: "sentinel-first",
    defect: "`version.ini` stands before the payload is there",
    file: "src/peer/download/download.ts",
    find: "  await prepare(files, signal);\n",
    replace:
      "  await prepare(files, signal);\n  await Deno.writeTextFile(files.pathOf(SENTINEL), manifest.version);\n",
    caught_by: { file: "tests/scenarios/s06_download_test.ts", filter: "S6: a single-source download" },
  },
  {
    name: "old-sentinel-stands",
    defect: "the old `version.ini` stands while its files are overwritten",
    file: "src/peer/download/sentinel.ts",
    find: "await renameRetrying(join(game_root, SENTINEL), join(game_root, DISCARDED));",
    replace: "await Deno.lstat(join(game_root, SENTINEL));",
    caught_by: { file: DOWNLOAD, filter: "the old sentinel is parked" },
  },
  {
    name: "false-sentinel-committed",
    defect: "a `version.ini` that says another version than was announced is committed",
    file: "src/peer/download/commit.ts",
    find: "if (parseVersionIni(sentinel) !== version) {",
    replace: "if (parseVersionIni(sentinel) === null) {",
    caught_by: {
      file: "tests/peer/download/commit_test.ts",
      filter: "commitDownload() writes no sentinel that says another version",
    },
  },
  {
    name: "names-not-synced",
    defect: "the sentinel is committed before the names of the files are on the disk",
    file: "src/peer/download/commit.ts",
    find: "  await files.syncNames(signal);\n",
    replace: "",
    caught_by: { file: "tests/peer/download/commit_test.ts" },
  },
  {
    name: "old-files-left",
    defect: "files that the new version does not have stay",
    file: "src/peer/download/commit.ts",
    find: "  await removeStale(order);\n",
    replace: "",
    caught_by: { file: DOWNLOAD, filter: "files of the old version that the new one" },
  },
  {
    name: "cancel-keeps-payload",
    defect: "a cancelled download leaves its payload",
    file: "src/peer/download/early_end.ts",
    find: "if (is_cancelled) return await cancelled(files, entry);",
    replace: "",
    caught_by: {
      file: "tests/scenarios/s10_install_operations_test.ts",
      filter: "S20: a download that is cancelled",
    },
  },
  {
    name: "lost-sources-are-a-failure",
    defect: "a download whose sources are all gone has failed, instead of peers-gone",
    file: "src/peer/download/transfer.ts",
    find: "if (!this.#was_refused) {",
    replace: "if (this.#errors.size === 0) {",
    caught_by: { file: DOWNLOAD, filter: "all sources lost is peers_gone" },
  },
];
