/**
 * Address validation without state (RFC 9000, section 8.1): a stranger's first datagram is answered with a token, and
 * only who sends it back from the same address gets a connection.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";

const TIME_BYTES = 8;
const MAC_BYTES = 32;
/** RFC 9000, section 7.2: no longer than this. */
const MAX_CID_BYTES = 20;
/** A token is good for this long, in milliseconds. */
const LIFETIME_MS = 10_000;

/** What a token binds. */
export interface TokenClaim {
  /** Where the stranger's datagrams come from. */
  from: string;
  /** The id that the stranger chose for its first datagram. */
  original_dcid: Uint8Array;
  /** The id that it has to use from now on. */
  retry_cid: Uint8Array;
}

/** Makes and checks the tokens of one endpoint. */
export class RetryTokens {
  readonly #key = crypto.getRandomValues(new Uint8Array(32));

  /** `now_ms` is any clock that both calls share. */
  mint(claim: TokenClaim, now_ms: number): Uint8Array<ArrayBuffer> {
    const { original_dcid } = claim;
    const token = new Uint8Array(TIME_BYTES + MAC_BYTES + original_dcid.length);
    new DataView(token.buffer).setFloat64(0, now_ms);
    token.set(original_dcid, TIME_BYTES + MAC_BYTES);
    token.set(this.#mac(token.subarray(0, TIME_BYTES), claim), TIME_BYTES);
    return token;
  }

  /** The id in a token that was minted for this address and `retry_cid` a short time ago; else `undefined`. */
  open(
    token: Uint8Array<ArrayBuffer>,
    { from, retry_cid }: Omit<TokenClaim, "original_dcid">,
    now_ms: number,
  ): Uint8Array<ArrayBuffer> | undefined {
    const original_dcid = token.slice(TIME_BYTES + MAC_BYTES);
    if (token.length < TIME_BYTES + MAC_BYTES || original_dcid.length > MAX_CID_BYTES) return undefined;
    const time = token.subarray(0, TIME_BYTES);
    const expected = this.#mac(time, { from, retry_cid, original_dcid });
    if (!timingSafeEqual(expected, token.subarray(TIME_BYTES, TIME_BYTES + MAC_BYTES))) return undefined;
    const age_ms = now_ms - new DataView(time.buffer, time.byteOffset).getFloat64(0);
    return age_ms >= 0 && age_ms <= LIFETIME_MS ? original_dcid : undefined;
  }

  #mac(time: Uint8Array, { from, original_dcid, retry_cid }: TokenClaim): Uint8Array {
    return createHmac("sha256", this.#key)
      .update(`${from}\n${original_dcid.length}\n`).update(time).update(original_dcid).update(retry_cid)
      .digest();
  }
}
