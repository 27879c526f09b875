/**
 * A request's stream at the end that asks: its answer may be late, lost, or broken off.
 *
 * @module
 */

import type { ByteStream } from "../../src/peer/transport/port.ts";
import type { SimConnection } from "./sim_connection.ts";
import { type Fate, lost } from "./sim_network.ts";

/** The asking end. */
export class SimStream implements ByteStream {
  readonly #connection: SimConnection;
  readonly #inner: ByteStream;
  readonly #over = new AbortController();
  readonly #fate: Fate;
  #is_asked = false;
  #has_answer = false;

  constructor(connection: SimConnection, inner: ByteStream) {
    this.#connection = connection;
    this.#inner = inner;
    this.#fate = connection.network.fate(connection.other);
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { network, own, other } = this.#connection;
    if (!this.#is_asked) network.note(typeOf(bytes), own, other);
    this.#is_asked = true;
    network.carried(own, other, bytes.length);
    await this.#noticed(this.#inner.write(bytes));
  }

  async finish(): Promise<void> {
    await this.#noticed(this.#inner.finish());
  }

  async read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    const part = await this.#noticed(this.#inner.read(buffer));
    const { network, own, other } = this.#connection;
    network.carried(other, own, part?.length ?? 0);
    if (!this.#has_answer) await this.#travel();
    this.#has_answer = true;
    return part;
  }

  setPriority(priority: number): void {
    this.#inner.setPriority(priority);
  }

  reset(): void {
    this.#connection.streams.delete(this);
    this.#over.abort();
    this.#inner.reset();
  }

  /** The answer's way back. */
  async #travel(): Promise<void> {
    const { network, own, other } = this.#connection;
    const { delay_ms, end } = this.#fate;
    try {
      if (delay_ms > 0) await network.clock.sleep(delay_ms, this.#over.signal);
      await network.passage(own, other, this.#over.signal);
    } catch {
      throw lost(other);
    }
    if (end === "hung") await this.#untilOver();
    if (end === "reset") this.reset();
    if (this.#over.signal.aborted) throw lost(other);
  }

  /** A failure shows when this end notices it. */
  async #noticed<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (this.#connection.is_fading) await this.#untilOver();
      throw error;
    }
  }

  async #untilOver(): Promise<void> {
    const { signal } = this.#over;
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

/** The type of the message in a frame; its text is short and begins with it. */
function typeOf(frame: Uint8Array<ArrayBuffer>): string {
  const text = new TextDecoder().decode(frame.subarray(4));
  return /"type":"([a-z_]+)"/.exec(text)?.[1] ?? "?";
}
