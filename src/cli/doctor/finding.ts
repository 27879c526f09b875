/**
 * One finding: what is so, whether that is good, why it matters and what to do.
 *
 * @module
 */

import { z } from "zod";

/** Everything that doctor looks at, in the order in which it tells it. */
export const FINDING_IDS = [
  "settings",
  "peer",
  "engine",
  "interface",
  "vpn",
  "multicast",
  "firewall",
  "port",
  "control-port",
  "game-folder",
  "state-folder",
  "disk",
  "udp-buffers",
  "others",
  "version",
] as const;
export type FindingId = typeof FINDING_IDS[number];

/** What one look showed. */
export const Finding = z.object({
  id: z.enum(FINDING_IDS),
  /** `warning` may disturb, `bad` does. */
  verdict: z.enum(["good", "warning", "bad"]),
  /** What is so. */
  what: z.string(),
  /** Why that matters, and what to do about it; only where it is not good. */
  why: z.string().optional(),
  todo: z.array(z.string()).optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What `doctor --json` prints. */
export const Report = z.object({ ok: z.boolean(), findings: z.array(Finding) });

/** What a judgement says; its id is put on by the table of judgements. */
export type Judgement = Omit<Finding, "id">;

/** All is well here. */
export function good(what: string): Judgement {
  return { verdict: "good", what };
}

/** Something that may disturb. */
export function warning(what: string, why: string, ...todo: string[]): Judgement {
  return { verdict: "warning", what, why, todo };
}

/** Something that keeps peers apart, or lanspread from starting. */
export function bad(what: string, why: string, ...todo: string[]): Judgement {
  return { verdict: "bad", what, why, todo };
}
