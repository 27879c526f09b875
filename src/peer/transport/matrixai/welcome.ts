/**
 * Answers strangers without keeping anything of them: a Retry, or the version that is spoken here. Only who has shown
 * that it receives at its address gets a connection.
 *
 * @module
 */

import { CID_BYTES, MIN_INITIAL_BYTES, newCid } from "./cid.ts";
import type { NativeHeader, Quiche } from "./quiche.d.ts";
import { RetryTokens } from "./retry_token.ts";

/** Answers to strangers a second; more are not answered, and a real peer asks again. */
const ANSWERS_PER_S = 2_000;
/** How many of them at once. */
const ANSWERS_AT_ONCE = 500;

/** What to do about a first datagram. */
export type Welcome =
  | { kind: "ignore" }
  | { kind: "answer"; datagram: Uint8Array<ArrayBuffer> }
  | { kind: "accept"; scid: Uint8Array<ArrayBuffer>; original_dcid: Uint8Array<ArrayBuffer> };

/** Greets the strangers of one endpoint. */
export class Porter {
  readonly #quiche: Quiche;
  readonly #tokens = new RetryTokens();
  #answers_left = ANSWERS_AT_ONCE;
  #counted_ms = 0;

  constructor(quiche: Quiche) {
    this.#quiche = quiche;
  }

  /** Looks at a datagram that may begin a connection; `from` names the address. */
  welcome(datagram: Uint8Array, from: string, now_ms: number): Welcome {
    const header = this.#headerOf(datagram);
    if (!header) return { kind: "ignore" };
    if (!this.#quiche.versionIsSupported(header.version)) return this.#otherVersion(header, now_ms);
    const { dcid, token } = header;
    if (token && dcid.length === CID_BYTES) {
      const original_dcid = this.#tokens.open(token, { from, retry_cid: dcid }, now_ms);
      if (original_dcid) return { kind: "accept", scid: dcid.slice(), original_dcid };
    }
    return this.#retry(header, from, now_ms);
  }

  #headerOf(datagram: Uint8Array): NativeHeader | undefined {
    try {
      return this.#quiche.Header.fromSlice(datagram, CID_BYTES);
    } catch {
      return undefined;
    }
  }

  #otherVersion({ scid, dcid }: NativeHeader, now_ms: number): Welcome {
    return this.#answer(now_ms, (out) => this.#quiche.negotiateVersion(scid, dcid, out));
  }

  #retry({ scid, dcid, version }: NativeHeader, from: string, now_ms: number): Welcome {
    const retry_cid = newCid();
    return this.#answer(now_ms, (out) => {
      const token = this.#tokens.mint({ from, original_dcid: dcid, retry_cid }, now_ms);
      return this.#quiche.retry(scid, dcid, retry_cid, token, version, out);
    });
  }

  #answer(now_ms: number, write: (out: Uint8Array) => number): Welcome {
    if (!this.#mayAnswer(now_ms)) return { kind: "ignore" };
    // Never longer than what it answers, so that nobody is flooded by way of this peer.
    const out = new Uint8Array(MIN_INITIAL_BYTES);
    try {
      return { kind: "answer", datagram: out.subarray(0, write(out)) };
    } catch {
      return { kind: "ignore" };
    }
  }

  #mayAnswer(now_ms: number): boolean {
    const earned = (now_ms - this.#counted_ms) / 1_000 * ANSWERS_PER_S;
    this.#answers_left = Math.min(ANSWERS_AT_ONCE, this.#answers_left + earned);
    this.#counted_ms = now_ms;
    if (this.#answers_left < 1) return false;
    this.#answers_left--;
    return true;
  }
}
