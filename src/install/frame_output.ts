/**
 * Writes a streamed install into a pipe: frames, and the content of files in blocks of a fixed size.
 *
 * @module
 */

import type { PipeWriter } from "../base/shared_pipe.ts";
import { encodeFrame } from "../proto/codec.ts";
import { MAX_REQUEST_BYTES, STREAM_DATA_BYTES, STREAM_WAIT_MS } from "../proto/limits.ts";
import type { StreamFrame } from "../proto/stream.ts";

/** The frames of one streamed install. */
export class FrameOutput {
  readonly #pipe: Pick<PipeWriter, "write" | "flush">;
  readonly #block = new Uint8Array(STREAM_DATA_BYTES);
  #filled_bytes = 0;
  #written_ms = performance.now();

  constructor(pipe: Pick<PipeWriter, "write" | "flush">) {
    this.#pipe = pipe;
  }

  /** Writes one frame, and before it the content that has not been written yet. */
  frame(frame: StreamFrame): void {
    this.#endBlock();
    this.#pipe.write(encodeFrame(frame, MAX_REQUEST_BYTES));
    this.#written_ms = performance.now();
  }

  /** Appends content to the file that was begun. The bytes may be used again afterwards. */
  data(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#block.length - this.#filled_bytes);
      this.#block.set(part, this.#filled_bytes);
      this.#filled_bytes += part.length;
      at += part.length;
      if (this.#filled_bytes === this.#block.length) this.#endBlock();
    }
  }

  /** Nothing is sent for the moment, and the receiver has to know that this is no standstill. */
  wait(): void {
    if (performance.now() - this.#written_ms < STREAM_WAIT_MS) return;
    this.frame({ type: "stream_wait" });
    this.flush();
  }

  /** What was written is to be read now. */
  flush(): void {
    this.#endBlock();
    this.#pipe.flush();
  }

  #endBlock(): void {
    if (this.#filled_bytes === 0) return;
    const length = this.#filled_bytes;
    this.#filled_bytes = 0;
    this.#pipe.write(encodeFrame({ type: "stream_data", length }, MAX_REQUEST_BYTES));
    this.#pipe.write(this.#block.subarray(0, length));
    this.#written_ms = performance.now();
  }
}
