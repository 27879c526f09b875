/**
 * The worker of `hasher.ts`: one job after another, an answer to each.
 *
 * @module
 */

import { giveWay } from "../base/background_thread.ts";
import { toLanspreadError } from "../base/errors.ts";
import { type HashReply, type HashRequest, MAX_JOBS } from "./hash_protocol.ts";
import { hashRange } from "./hash_range.ts";

/** The part of a worker's global scope that is used; its types can't stand beside those of a window. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<HashRequest>) => void) | null;
  postMessage(reply: HashReply): void;
}

const scope: WorkerScope = globalThis as typeof globalThis & WorkerScope;

giveWay();
scope.onmessage = ({ data }) => scope.postMessage(answerTo(data));

function answerTo({ job, range, cancelled }: HashRequest): HashReply {
  try {
    return { job, ok: hashRange(range, () => Atomics.load(cancelled, job % MAX_JOBS) === job) };
  } catch (error) {
    const { code, message } = toLanspreadError(error, "io", "hashing failed");
    return { job, code, message };
  }
}
