/**
 * Mutants of knowing each other: libraries, liveness, operations, the catalog.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

const DB = "tests/peer/peer_db_test.ts";

export const NETWORK_MUTANTS: readonly Mutant[] = [
  {
    name: "delta-ignored",
    defect: "a change that another peer pushes is not taken in",
    file: "src/peer/library_sync.ts",
    find: 'if (this.#apply(peer_id, push) === "gap") this.#ask(peer_id);',
    replace: 'if (push.type === "library_snapshot") this.#apply(peer_id, push);',
    caught_by: { file: "tests/scenarios/s04_library_test.ts", filter: "S4: a push is enough" },
  },
  {
    name: "gap-not-noticed",
    defect: "a delta is applied though it does not follow what is known",
    file: "src/peer/peer_db.ts",
    find: 'if (delta.from_rev !== peer.library_rev) return "gap";',
    replace: "",
    caught_by: { file: DB, filter: "applyDelta()" },
  },
  {
    name: "removed-game-kept",
    defect: "what a delta removes stays",
    file: "src/peer/peer_db.ts",
    find: "for (const id of delta.removed) games.delete(id);",
    replace: "",
    caught_by: { file: DB, filter: "applyDelta()" },
  },
  {
    name: "late-snapshot-wins",
    defect: "an old answer takes back what a push has told since",
    file: "src/peer/library_sync.ts",
    find: 'if (library.library_rev < (db.get(peer_id)?.library_rev ?? UNKNOWN_REV)) return "done";',
    replace: "",
    caught_by: { file: "tests/peer/library_sync_test.ts", filter: "a late answer does not take back" },
  },
  {
    name: "lost-push-forgotten",
    defect: "a push that failed is never repeated",
    file: "src/peer/library_push.ts",
    find: "      await this.#pushOnce(peer_id, library.since(told), signal);",
    replace:
      "      this.#told.set(peer_id, rev);\n      await this.#pushOnce(peer_id, library.since(told), signal);",
    caught_by: { file: "tests/peer/library_push_test.ts", filter: "a push that failed is owed" },
  },
  {
    name: "revision-stands-still",
    defect: "a library that changed keeps its revision",
    file: "src/watch/index.ts",
    find: 'if (readMeta(db, "library_digest") === digest) return rev;',
    replace: 'if (readMeta(db, "library_digest") !== undefined) return rev;',
    caught_by: { file: "tests/watch/index_test.ts", filter: "revision() grows" },
  },
  {
    name: "local-only-is-a-source",
    defect: "a peer that can't serve a game counts as its source",
    file: "src/peer/peer_db.ts",
    find: ' || game.availability !== "ready") return [];',
    replace: ") return [];",
    caught_by: { file: DB, filter: "a source is a ready" },
  },
  {
    name: "dead-peer-kept",
    defect: "a peer that answers no ping stays",
    file: "src/peer/liveness.ts",
    find: "if (life.missed >= MAX_MISSED || silence_ms >= GONE_AFTER_MS) actions.gone.push(peer_id);",
    replace: "if (life.missed < 0) actions.gone.push(peer_id);",
    caught_by: { file: "tests/peer/liveness_test.ts" },
  },
  {
    name: "ping-without-silence",
    defect: "peers are pinged though they were just heard",
    file: "src/peer/liveness.ts",
    find: "else if (silence_ms >= PING_AFTER_MS && !life.is_pinged) {",
    replace: "else if (!life.is_pinged) {",
    caught_by: { file: "tests/peer/liveness_test.ts" },
  },
  {
    name: "goodbye-not-sent",
    defect: "a peer that stops tells nobody",
    file: "src/peer/network.ts",
    find: 'await abortable(this.sessions.tellAll({ type: "goodbye" }, signal), signal).catch(() => {});',
    replace: "await abortable(Promise.resolve(), signal).catch(() => {});",
    caught_by: { file: "tests/scenarios/s29_liveness_test.ts", filter: "S29: a peer that stops" },
  },
  {
    name: "goodbye-not-heard",
    defect: "a goodbye is answered and changes nothing",
    file: "src/peer/network.ts",
    find: 'this.#remove(peer_id, "goodbye");',
    replace: "",
    caught_by: { file: "tests/scenarios/s29_liveness_test.ts", filter: "S29: who says goodbye" },
  },
  {
    name: "moved-peer-keeps-its-address",
    defect: "a known peer at a new address is still dialled at the old one",
    file: "src/peer/peer_db.ts",
    find: "      known.addr = addr;\n",
    replace: "",
    caught_by: { file: DB, filter: "a known peer at a new address" },
  },
  {
    name: "second-operation",
    defect: "a second operation on a game is let through",
    file: "src/peer/operations.ts",
    find: "wanted: string): void {\n    const running = this.#running(game_id);",
    replace: "wanted: string): void {\n    const running = this.#holds.get(game_id);",
    caught_by: { file: "tests/scenarios/s26_one_operation_test.ts" },
  },
  {
    name: "catalog-not-applied",
    defect: "games outside of the catalog are announced",
    file: "src/peer/local_library.ts",
    find: ".filter(({ id }) => !catalog || catalog.has(id));",
    replace: ".filter(({ id }) => !catalog || id !== undefined);",
    caught_by: { file: "tests/peer/local_library_test.ts", filter: "with a catalog only its games" },
  },
  {
    name: "catalog-not-asked-by-commands",
    defect: "a game outside of the catalog can be downloaded",
    file: "src/peer/game_operations.ts",
    find: "if (!catalog || catalog.has(game_id)) return;",
    replace: "if (!catalog || game_id !== undefined) return;",
    caught_by: { file: "tests/scenarios/s15_sources_test.ts", filter: "S35: a game outside the receiver" },
  },
  {
    name: "catalog-not-asked-by-the-server",
    defect: "a game outside of the catalog is served to whoever knows its name",
    file: "src/peer/servable.ts",
    find: "|| (catalog && !catalog.has(game_id))) {",
    replace: "|| (catalog && game_id === undefined)) {",
    caught_by: { file: "tests/scenarios/s15_sources_test.ts", filter: "S35: a peer with a catalog neither" },
  },
  {
    name: "folder-changed-while-busy",
    defect: "the game folder can be changed while an operation runs",
    file: "src/peer/game_folder.ts",
    find: "    if (running) {",
    replace: "    if (running && game_dir === undefined) {",
    caught_by: { file: "tests/scenarios/s04_library_test.ts", filter: "S36: another game folder is refused" },
  },
];
