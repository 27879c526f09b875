/**
 * Mutants of serving: what, to whom, how much at a time.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

const CHUNKS = "tests/peer/chunk_server_test.ts";

export const SERVING_MUTANTS: readonly Mutant[] = [
  {
    name: "served-from-the-beginning",
    defect: "every range is read from the beginning of its file",
    file: "src/peer/chunk_server.ts",
    find: "await file.seek(request.offset, Deno.SeekMode.Start);",
    replace: "",
    caught_by: { file: CHUNKS, filter: "serve() sends exactly the range" },
  },
  {
    name: "busy-game-served",
    defect: "a game with an active operation is served",
    file: "src/peer/servable.ts",
    find: 'if (kind) throw new LanspreadError("not_transferable", `${game_id} is busy: ${kind}`);',
    replace: "void kind;",
    caught_by: { file: "tests/scenarios/s12_busy_test.ts", filter: "S12: a game that is being updated" },
  },
  {
    name: "unlisted-file-served",
    defect: "a range behind a file's end is read all the same",
    file: "src/peer/chunk_server.ts",
    find: "if (offset + length <= size) return;",
    replace: "if (offset + length >= 0) return;",
    caught_by: { file: CHUNKS, filter: "a range behind the end" },
  },
  {
    name: "rewritten-file-served",
    defect: "a file that was rewritten at its size is sent on, half old and half new",
    file: "src/peer/chunk_server.ts",
    find: "if (info.size !== size || !chunk.isSame(stampOf(info))) throw changed(request);",
    replace: "if (info.size !== size) throw changed(request);",
    caught_by: { file: CHUNKS, filter: "a file that is rewritten at its size between two chunks" },
  },
  {
    name: "old-manifest-served",
    defect: "whoever asks by an old manifest gets the new bytes",
    file: "src/peer/chunk_server.ts",
    find: "if (manifest.manifest_hash === request.manifest_hash) return manifest;",
    replace: "if (manifest.game_id === request.game_id) return manifest;",
    caught_by: { file: CHUNKS, filter: "another manifest is manifest_changed" },
  },
  {
    name: "link-followed",
    defect: "a link in the place of a file is followed",
    file: "src/base/nofollow_file.ts",
    find: "const seen = await lookQuickly(() => Deno.lstatSync(place), () => Deno.lstat(place));",
    replace: "const seen = await lookQuickly(() => Deno.statSync(place), () => Deno.stat(place));",
    caught_by: {
      file: "tests/scenarios/s32_requests_test.ts",
      filter: "S32: a shared file that became a link",
    },
  },
  {
    name: "linked-folder-followed",
    defect: "a link in the place of a folder above a file is followed",
    file: "src/base/nofollow_file.ts",
    find: "constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);",
    replace: "constants.O_RDONLY | constants.O_DIRECTORY);",
    caught_by: { file: "tests/base/nofollow_file_test.ts" },
  },
  {
    name: "unfair-serving",
    defect: "who asks for much gets much, and the others wait",
    file: "src/base/fair_queue.ts",
    find: "least && least.served <= lane.served ? least : lane;",
    replace: "least ?? lane;",
    caught_by: { file: "tests/base/fair_queue_test.ts" },
  },
  {
    name: "places-without-bound",
    defect: "one peer may take all places of the server",
    file: "src/peer/serving_places.ts",
    find: "const MAX_CHUNKS_PER_PEER = 32;",
    replace: "const MAX_CHUNKS_PER_PEER = 256;",
    caught_by: { file: "tests/peer/serving_places_test.ts", filter: "a peer alone gets 32 places" },
  },
  {
    name: "request-may-take-for-ever",
    defect: "a request's frame has no deadline",
    file: "src/peer/server.ts",
    find: '    "a request",\n    HEADER_TIMEOUT_MS,\n',
    replace: '    "a request",\n    1_000 * HEADER_TIMEOUT_MS,\n',
    caught_by: { file: "tests/peer/server_test.ts", filter: "not complete after ten seconds" },
  },
  {
    name: "bad-request-ends-the-connection",
    defect: "a bad request is not answered",
    file: "src/peer/server.ts",
    find: "    await sendAnswer(stream, toWireError(error));\n",
    replace: "    throw error;\n",
    caught_by: { file: "tests/peer/server_test.ts", filter: "the server answers" },
  },
  {
    name: "stream-of-a-busy-game",
    defect: "a streamed install goes on though an operation changes the archives",
    file: "src/peer/stream_server.ts",
    find: "        this.#requireSame(request);\n        await stream.write(",
    replace: "        await stream.write(",
    caught_by: { file: "tests/peer/stream_server_test.ts", filter: "an operation that begins on the game" },
  },
];
