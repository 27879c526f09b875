/**
 * A rate as people write it: `20M` is 20 MiB a second, `off` or `0` is no limit.
 *
 * @module
 */

import { z } from "zod";
import { LEAST_RATE, MOST_RATE } from "../base/rate_limit.ts";

const UNITS: Record<string, number> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const WRONG = "is not a rate such as 500K, 20M or 1.5G (bytes a second, counted by 1024), or off";
const LITTLE = "is less than 10K, the least that works; 20M is 20 MiB/s";
const MUCH = "is more than 1024G, which limits nothing; write off";

/** Text to bytes a second; `undefined` for no limit. */
export const RateText = z.string().transform((text, context): number | undefined => {
  if (text === "off" || text === "0") return undefined;
  const [, number, unit = ""] = /^(\d{1,13}(?:\.\d{1,3})?)([KMG]?)$/i.exec(text) ?? [];
  const rate = Math.round(Number(number) * (UNITS[unit.toUpperCase()] ?? NaN));
  if (rate >= LEAST_RATE && rate <= MOST_RATE) return rate;
  context.addIssue(Number.isNaN(rate) ? WRONG : rate > MOST_RATE ? MUCH : LITTLE);
  return z.NEVER;
});
