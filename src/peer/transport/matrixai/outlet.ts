/**
 * Hands datagrams to the socket, a burst at a time, and waits until the system took them: the buffers are its own until
 * then. It waits for a moment only. Over loopback what a receiver does not read stays in the sender's buffer, so one
 * process that stands still would hold up the datagrams for all others, and the timers of their connections with them.
 *
 * @module
 */

/** Longer than a full send buffer takes on a slow network, in milliseconds. */
const LONGEST_WAIT_MS = 250;
/** Bursts that the system may keep at a time; with so many, what comes is dropped, as a full network would do. */
const MAX_KEPT = 4;

/** The part of `Deno.DatagramConn` that sends. */
export type DatagramSender = Pick<Deno.DatagramConn, "send">;

/** The way out of one socket. */
export class Outlet {
  readonly #socket: DatagramSender;
  #slots = new Uint8Array(0);
  #sending: Promise<unknown>[] = [];
  #kept = 0;

  constructor(socket: DatagramSender) {
    this.#socket = socket;
  }

  /** Room for the datagram of this number in the burst, out of `count`. */
  slot(number: number, datagram_bytes: number, count: number): Uint8Array<ArrayBuffer> {
    if (this.#slots.length < datagram_bytes * count) this.#slots = new Uint8Array(datagram_bytes * count);
    return this.#slots.subarray(number * datagram_bytes, (number + 1) * datagram_bytes);
  }

  /** Sends what was written into a slot. What the system refuses counts as lost on the way. */
  send(datagram: Uint8Array<ArrayBuffer>, to: Deno.NetAddr): void {
    if (this.#kept < MAX_KEPT) this.#sending.push(this.#socket.send(datagram, to));
  }

  /** Ends the burst: resolves when its slots may be filled again. */
  async settle(): Promise<void> {
    if (this.#sending.length === 0) return;
    const taken = Promise.allSettled(this.#sending);
    this.#sending = [];
    if (await isWithin(taken, LONGEST_WAIT_MS)) return;
    this.#slots = new Uint8Array(0);
    this.#kept++;
    taken.then(() => this.#kept--);
  }
}

async function isWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
