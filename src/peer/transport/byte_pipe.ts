/**
 * One direction of an in-memory stream: bounded, and as strict about its life as a QUIC stream.
 *
 * @module
 */

/** Bytes that wait in a pipe before its writer has to. */
export const PIPE_BYTES = 256 * 1024;

/** Bytes from one writer to one reader. */
export class BytePipe {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #buffered_bytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void)[] = [];

  /** How many bytes wait. */
  get buffered_bytes(): number {
    return this.#buffered_bytes;
  }

  /** Takes a copy of the bytes, and waits until the pipe is below its bound. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIPE_BYTES) {
      this.#check();
      if (this.#ended) throw new Error("the stream was finished");
      const part = bytes.slice(at, at + PIPE_BYTES);
      this.#chunks.push(part);
      this.#buffered_bytes += part.length;
      this.#changed();
      while (this.#buffered_bytes >= PIPE_BYTES) await this.#change();
    }
    this.#check();
  }

  /** Fills the buffer, less only at the end; `null` when nothing is left. */
  async read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    let filled = 0;
    while (filled < buffer.length) {
      this.#check();
      const chunk = this.#chunks.shift();
      if (!chunk) {
        if (this.#ended) break;
        await this.#change();
        continue;
      }
      const part = chunk.subarray(0, buffer.length - filled);
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
      buffer.set(part, filled);
      filled += part.length;
      this.#buffered_bytes -= part.length;
      this.#changed();
    }
    return filled > 0 ? buffer.subarray(0, filled) : null;
  }

  /** The writer has nothing more. */
  end(): void {
    this.#check();
    this.#ended = true;
    this.#changed();
  }

  /** Breaks the pipe: what waits is dropped, reads and writes fail. After an end that was read it means nothing. */
  fail(error: Error): void {
    if (this.#ended && this.#chunks.length === 0) return;
    this.#failure ??= error;
    this.#chunks.length = 0;
    this.#buffered_bytes = 0;
    this.#changed();
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
