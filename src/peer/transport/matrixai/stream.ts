/**
 * One stream: what is read goes from quiche's buffer right into the reader's, what is written from the writer's right
 * into quiche's. Nothing is kept in between, so the windows of QUIC are what holds a fast writer back.
 *
 * @module
 */

import type { ByteStream } from "../port.ts";
import { Outbox } from "./outbox.ts";
import type { NativeConnection } from "./quiche.d.ts";

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly native: NativeConnection;
  /** Something of the stream's is to be sent: data, an end, a wider window. */
  touched(): void;
  /** The stream has bytes that quiche did not take. */
  wantsToWrite(stream: MatrixaiStream): void;
  /** The stream keeps a byte back; to be told to let it go after a moment. */
  holds(stream: MatrixaiStream): void;
  /** Whether others wait to write that come first. */
  mustQueue(stream: MatrixaiStream): boolean;
  /** Nothing will happen on the stream any more. */
  forget(stream: MatrixaiStream): void;
  /** The error to throw. */
  lost(cause: unknown): Error;
}

interface Reading {
  readonly buffer: Uint8Array<ArrayBuffer>;
  filled: number;
  resolve(part: Uint8Array<ArrayBuffer> | null): void;
  reject(error: Error): void;
}

type Side = "open" | "ended" | "broken";

const READ = 0;
const WRITE = 1;
const EMPTY = new Uint8Array(0);
const GIVEN_UP = new Error("the stream was given up");
/** Urgencies in quiche of streams above, at and below the priority that they begin with. */
const URGENCIES = { above: 63, normal: 127, below: 191 };

/** A stream of `StreamOwner`. */
export class MatrixaiStream implements ByteStream {
  readonly id: number;
  readonly #owner: StreamOwner;
  readonly #outbox = new Outbox((bytes, is_end) => this.#send(bytes, is_end));
  #priority = 0;
  #reading: Reading | undefined;
  #read_side: Side = "open";
  #write_side: Side = "open";
  #failure: unknown = GIVEN_UP;

  constructor(id: number, owner: StreamOwner) {
    this.id = id;
    this.#owner = owner;
  }

  /** What was written to the stream with the highest priority goes first. */
  get priority(): number {
    return this.#priority;
  }

  read(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#reading) return Promise.reject(new TypeError("the stream is being read already"));
    if (this.#read_side === "broken") return Promise.reject(this.#owner.lost(this.#failure));
    if (this.#read_side === "ended") return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const reading = { buffer, filled: 0, resolve, reject };
      this.#reading = reading;
      this.fill();
      // What was taken opens the window again.
      if (reading.filled > 0) this.#owner.touched();
    });
  }

  /** Moves what arrived into the buffer that waits for it. */
  fill(): void {
    while (this.#reading) {
      const { buffer, filled } = this.#reading;
      const got = this.#receive(filled === 0 ? buffer : buffer.subarray(filled));
      if (!got || !this.#reading) return;
      this.#reading.filled += got[0];
      if (got[1]) this.#endReading();
      else if (this.#reading.filled === buffer.length) this.#give();
    }
  }

  #receive(into: Uint8Array): [number, boolean] | null {
    try {
      return this.#owner.native.streamRecv(this.id, into);
    } catch (error) {
      this.#breakReading(error);
      return null;
    }
  }

  #give(): void {
    const reading = this.#reading;
    this.#reading = undefined;
    if (!reading) return;
    const { buffer, filled } = reading;
    reading.resolve(filled > 0 || buffer.length === 0 ? buffer.subarray(0, filled) : null);
  }

  #endReading(): void {
    this.#read_side = "ended";
    this.#give();
    this.#forgetIfOver();
  }

  #breakReading(cause: unknown): void {
    if (this.#read_side !== "open") return;
    this.#read_side = "broken";
    this.#failure = cause;
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.reject(this.#owner.lost(cause));
    this.#forgetIfOver();
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#enqueue(bytes, false);
  }

  finish(): Promise<void> {
    return this.#enqueue(EMPTY, true);
  }

  #enqueue(bytes: Uint8Array<ArrayBuffer>, is_end: boolean): Promise<void> {
    if (this.#write_side !== "open") return Promise.reject(this.#owner.lost(this.#failure));
    const { is_empty, is_holding } = this.#outbox;
    const taken = this.#outbox.add(bytes, is_end);
    // An end that goes alone goes right before the datagrams, so that no acknowledgement comes in between.
    if (is_empty) this.#begin(is_end && !is_holding);
    return taken;
  }

  #begin(must_wait: boolean): void {
    if (must_wait || this.#owner.mustQueue(this) || !this.drain()) this.#owner.wantsToWrite(this);
    this.#owner.touched();
  }

  /** Hands quiche what it takes; whether nothing is left. */
  drain(): boolean {
    try {
      if (!this.#outbox.drain()) return false;
    } catch (error) {
      this.#breakWriting(error);
      return true;
    }
    if (this.#outbox.is_ended) this.#endWriting();
    else if (this.#outbox.is_holding) this.#owner.holds(this);
    return true;
  }

  #send(bytes: Uint8Array<ArrayBuffer>, is_end: boolean): number | null {
    const { native } = this.#owner;
    const count = native.streamSend(this.id, bytes, is_end);
    // Of a stream that the other end stopped reading and that is over, quiche takes nothing for ever; this throws then.
    if (count === null) native.streamCapacity(this.id);
    return count;
  }

  /** Nothing came behind the byte that was kept back. */
  letGo(): void {
    // Where more waits to be written, that takes it along.
    if (!this.#outbox.is_holding || !this.#outbox.is_empty) return;
    this.#outbox.letGo();
    this.#begin(false);
  }

  /** Tells the end again where it may have been forgotten. */
  repeatEnd(): void {
    try {
      this.#outbox.repeatEnd();
    } catch {
      // The other end has it, or does not want it.
    }
  }

  #endWriting(): void {
    if (this.#write_side !== "open") return;
    this.#write_side = "ended";
    this.#failWrites(new Error("the stream was finished"));
    this.#forgetIfOver();
  }

  #breakWriting(cause: unknown): void {
    if (this.#write_side !== "open") return;
    this.#write_side = "broken";
    this.#failure = cause;
    this.#failWrites(cause);
    this.#forgetIfOver();
  }

  #failWrites(cause: unknown): void {
    this.#outbox.fail(this.#owner.lost(cause));
  }

  setPriority(priority: number): void {
    this.#priority = priority;
    if (this.#write_side !== "open") return;
    const urgency = priority === 0 ? "normal" : priority > 0 ? "above" : "below";
    try {
      this.#owner.native.streamPriority(this.id, URGENCIES[urgency], false);
    } catch {
      // The stream is over; the next write says so.
    }
  }

  reset(): void {
    if (this.#read_side === "open") this.#shutdown(READ);
    // What was finished still goes out.
    if (this.#write_side === "open") this.#shutdown(WRITE);
    this.breakOff(GIVEN_UP);
    // Also for a read that comes after the end.
    this.#read_side = "broken";
    this.#owner.touched();
  }

  #shutdown(direction: 0 | 1): void {
    try {
      this.#owner.native.streamShutdown(this.id, direction, 0);
    } catch {
      // The other end was quicker.
    }
  }

  /** Fails what waits; nothing is told to the other end. */
  breakOff(cause: unknown): void {
    this.#breakReading(cause);
    this.#breakWriting(cause);
  }

  #forgetIfOver(): void {
    if (this.#read_side !== "open" && this.#write_side !== "open") this.#owner.forget(this);
  }
}
