/**
 * The worker of `unpack.ts`: one request, then answers until "done" or "failed".
 *
 * @module
 */

import { toLanspreadError } from "../base/errors.ts";
import { giveWay } from "../base/background_thread.ts";
import { extractArchives } from "./extract.ts";
import type { UnpackReply, UnpackRequest } from "./unpack_protocol.ts";
import { getUnrar } from "./unrar.ts";

/** The part of a worker's global scope that is used; its types can't stand beside those of a window. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<UnpackRequest>) => void) | null;
  postMessage(reply: UnpackReply): void;
}

const scope: WorkerScope = globalThis as typeof globalThis & WorkerScope;

scope.onmessage = async ({ data: request }) => {
  try {
    giveWay();
    const result = extractArchives(await getUnrar(), request, (reply) => scope.postMessage(reply));
    scope.postMessage({ type: "done", ...result });
  } catch (error) {
    // WebAssembly throws texts and numbers too.
    const { code, message } = toLanspreadError(error, "io", "unpacking failed");
    scope.postMessage({ type: "failed", code, message });
  }
};
