/**
 * The one budget of this process for bytes on their way between peers.
 *
 * @module
 */

import { BufferBudget } from "../base/buffer_budget.ts";
import { MAX_BUFFER_BYTES } from "../proto/limits.ts";

/** Frames take their declared length from it, served chunks what they may hold here and in the transport. */
export const BUFFERS = new BufferBudget(MAX_BUFFER_BYTES);
