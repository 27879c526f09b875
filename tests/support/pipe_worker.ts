/**
 * A worker that writes into a shared pipe: byte `i` is `i % 251`, in parts of changing size.
 *
 * @module
 */

import { messageOf } from "../../src/base/errors.ts";
import { type PipeMemory, PipeWriter } from "../../src/base/shared_pipe.ts";

/** What it is asked to write. */
export interface PipeOrder {
  memory: PipeMemory;
  total_bytes: number;
}

/** What it tells: look again, or how it ended. */
export type PipeNews = { type: "wake" } | { type: "done" } | { type: "failed"; message: string };

interface WorkerScope {
  onmessage: ((event: MessageEvent<PipeOrder>) => void) | null;
  postMessage(news: PipeNews): void;
}

const scope: WorkerScope = globalThis as typeof globalThis & WorkerScope;

scope.onmessage = ({ data: { memory, total_bytes } }) => {
  const writer = new PipeWriter(memory, () => scope.postMessage({ type: "wake" }));
  try {
    for (let at = 0, turn = 0; at < total_bytes; turn++) {
      const length = Math.min(1 + (turn * 37) % 300, total_bytes - at);
      writer.write(Uint8Array.from({ length }, (_, i) => (at + i) % 251));
      at += length;
    }
    writer.flush();
    scope.postMessage({ type: "done" });
  } catch (error) {
    scope.postMessage({ type: "failed", message: messageOf(error) });
  }
};
