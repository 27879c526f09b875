/**
 * What a stream has to send, in order, and one byte of it kept back.
 *
 * quiche 0.18 may forget a stream's end that travels alone (cloudflare/quiche#2525): it takes a stream for complete as
 * soon as all bytes are acknowledged, whether or not the end was; and where bytes get lost together with the end, it
 * sends the bytes again and the end never. The reader then waits for ever. An end that rides with a byte goes again
 * whenever that byte does. So the last byte waits a moment for what comes behind it: more bytes, or the end.
 *
 * @module
 */

interface Writing {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly is_end: boolean;
  taken: number;
  resolve(): void;
  reject(error: Error): void;
}

const EMPTY = new Uint8Array(0);

/** Gives quiche bytes; how many it took, or `null` when it takes nothing now. May throw. */
export type SendBytes = (bytes: Uint8Array<ArrayBuffer>, is_end: boolean) => number | null;

/** The sending side of one stream. */
export class Outbox {
  readonly #send: SendBytes;
  #writes: Writing[] = [];
  #last_byte: Uint8Array<ArrayBuffer> | undefined;
  #is_let_go = false;
  #end: "unsent" | "with a byte" | "alone" = "unsent";

  constructor(send: SendBytes) {
    this.#send = send;
  }

  /** Whether no write waits. */
  get is_empty(): boolean {
    return this.#writes.length === 0;
  }

  /** Whether a byte is kept back. */
  get is_holding(): boolean {
    return this.#last_byte !== undefined;
  }

  /** Whether the end went out. */
  get is_ended(): boolean {
    return this.#end !== "unsent";
  }

  /** Resolves when the bytes were taken, in whole. */
  add(bytes: Uint8Array<ArrayBuffer>, is_end: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.push({ bytes, is_end, taken: 0, resolve, reject });
    });
  }

  /** Hands over what is taken; whether nothing is left to hand over. Throws what sending throws. */
  drain(): boolean {
    for (let next = this.#writes[0]; next && !this.is_ended; next = this.#writes[0]) {
      if (!(next.is_end ? this.#takeEnd() : this.#take(next))) return false;
      this.#writes.shift();
      next.resolve();
    }
    return !this.#is_let_go || this.#takeHeld(false);
  }

  /** Nothing came behind the byte that is kept back: the next `drain()` sends it. */
  letGo(): void {
    this.#is_let_go = this.is_holding;
  }

  #take(writing: Writing): boolean {
    const { bytes, taken } = writing;
    if (bytes.length === 0) return true;
    if (!this.#takeHeld(false)) return false;
    const last = bytes.length - 1;
    if (taken < last) writing.taken += this.#send(bytes.subarray(taken, last), false) ?? 0;
    if (writing.taken < last) return false;
    this.#last_byte = bytes.slice(last);
    return true;
  }

  #takeEnd(): boolean {
    const is_alone = !this.#last_byte;
    if (is_alone ? this.#send(EMPTY, true) === null : !this.#takeHeld(true)) return false;
    this.#end = is_alone ? "alone" : "with a byte";
    return true;
  }

  #takeHeld(is_end: boolean): boolean {
    if (!this.#last_byte) return true;
    if (!this.#send(this.#last_byte, is_end)) return false;
    this.#last_byte = undefined;
    this.#is_let_go = false;
    return true;
  }

  /** Sends the end once more where it went alone. Throws what sending throws. */
  repeatEnd(): void {
    if (this.#end === "alone") this.#send(EMPTY, true);
  }

  /** Fails what waits. */
  fail(error: Error): void {
    const writes = this.#writes;
    this.#writes = [];
    this.#last_byte = undefined;
    this.#is_let_go = false;
    for (const { reject } of writes) reject(error);
  }
}
