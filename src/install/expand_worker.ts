/**
 * The worker of `expand.ts`: one request, then answers until "done" or "failed".
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { PipeWriter } from "../base/shared_pipe.ts";
import { StreamFailureCode } from "../proto/stream.ts";
import { giveWay } from "../base/background_thread.ts";
import { expandArchives } from "./expand_archives.ts";
import type { ExpandFailed, ExpandReply, ExpandRequest } from "./expand_protocol.ts";
import { FrameOutput } from "./frame_output.ts";
import { getUnrar } from "./unrar.ts";

/** The part of a worker's global scope that is used; its types can't stand beside those of a window. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ExpandRequest>) => void) | null;
  postMessage(reply: ExpandReply): void;
}

const scope: WorkerScope = globalThis as typeof globalThis & WorkerScope;

scope.onmessage = async ({ data: { archives, pipe } }) => {
  giveWay();
  const writer = new PipeWriter(pipe, () => scope.postMessage({ type: "readable" }));
  try {
    expandArchives(await getUnrar(), archives, {
      output: new FrameOutput(writer),
      stop: pipe.control,
      onPlanned: ({ entries, bytes }) => scope.postMessage({ type: "planned", entries, total_bytes: bytes }),
    });
    scope.postMessage({ type: "done" });
  } catch (error) {
    scope.postMessage({ type: "failed", ...failureOf(error) });
  }
};

/** What the system says names this machine's folders: that stays here. */
function failureOf(error: unknown): Omit<ExpandFailed, "type"> {
  if (error instanceof LanspreadError) {
    const { message } = error;
    if (error.code === "cancelled") return { code: "cancelled", message };
    const code = StreamFailureCode.safeParse(error.code).data;
    if (code) return { code, message };
  }
  return { code: "internal", message: "its archives can't be read now" };
}
