/**
 * Events in words. Pure.
 *
 * @module
 */

import type { Recent } from "../../answer_schemas.ts";
import { formatBytes, formatSeconds, formatSpeed } from "./format.ts";

type Event = Recent["event"];

/** How an event is to be taken. */
export type Mood = "good" | "bad" | "neutral";

/** One event in words. */
export interface Words {
  readonly mood: Mood;
  readonly text: string;
  readonly detail?: string;
}

/** What an event means; `nameOf` gives the name of a game. `undefined` for what needs no words. */
export function wordsOf(event: Event, nameOf: (game_id: string) => string): Words | undefined {
  if (event.event === "runtime-failed") {
    return { mood: "bad", text: `lanspread has stopped: ${event.component} failed`, detail: event.error };
  }
  return "game_id" in event ? gameWords(event, nameOf(event.game_id)) : undefined;
}

function gameWords(event: Event & { game_id: string }, name: string): Words | undefined {
  switch (event.event) {
    case "download-finished": {
      const { bytes, seconds, verified } = event;
      const speed = seconds > 0 ? ` at ${formatSpeed(bytes / seconds)}` : "";
      const checked = verified ? ", every byte checked" : "";
      const detail = `${formatBytes(bytes)} in ${formatSeconds(seconds)}${speed}${checked}`;
      return { mood: "good", text: `${name} is downloaded`, detail };
    }
    case "install-finished":
      return { mood: "good", text: `${name} is ready to play` };
    case "uninstall-finished":
      return { mood: "neutral", text: `${name} is uninstalled` };
    case "remove-finished":
      return { mood: "neutral", text: `${name} is removed` };
    case "download-cancelled":
      return cancelled(name);
    case "download-peers-gone":
      return {
        mood: "bad",
        text: `${name} could not be downloaded`,
        detail: "Every machine that has it has left. What has arrived is kept; try again when one is back.",
      };
    case "download-chunk-corrupt":
      return {
        mood: "neutral",
        text: `A damaged piece of ${name} was thrown away and fetched from elsewhere`,
      };
    default:
      return failure(event, name);
  }
}

const FAILED: Record<string, string> = {
  "download-failed": "could not be downloaded",
  "install-failed": "could not be installed",
  "uninstall-failed": "could not be uninstalled",
  "remove-failed": "could not be removed",
};

function failure(event: Event, name: string): Words | undefined {
  const what = FAILED[event.event];
  if (what === undefined || !("message" in event)) return undefined;
  if (event.code === "cancelled") return cancelled(name);
  return { mood: "bad", text: `${name} ${what}`, detail: event.message };
}

/** Somebody wanted it so. */
function cancelled(name: string): Words {
  return { mood: "neutral", text: `${name} was cancelled` };
}
