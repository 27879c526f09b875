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

/** What an event means, told `count` times; `nameOf` gives a game's name. `undefined` for what needs no words. */
export function wordsOf(event: Event, nameOf: (game_id: string) => string, count = 1): Words | undefined {
  if (event.event === "runtime-failed") {
    return { mood: "bad", text: `lanspread has stopped: ${event.component} failed`, detail: event.error };
  }
  return "game_id" in event ? gameWords(event, nameOf(event.game_id), count) : undefined;
}

function gameWords(event: Event & { game_id: string }, name: string, count: number): Words | undefined {
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
        text: count === 1
          ? `A damaged piece of ${name} was thrown away and fetched from elsewhere`
          : `${count} damaged pieces of ${name} were thrown away and fetched from elsewhere`,
      };
    case "download-chunk-disputed":
      return {
        mood: "neutral",
        text: `A piece of ${name} could not be checked: the machines that have it differ`,
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
  if (event.code === "already_downloaded") return { mood: "neutral", text: `${name} is here already` };
  return { mood: "bad", text: `${name} ${what}`, detail: event.message };
}

/** Somebody wanted it so. */
function cancelled(name: string): Words {
  return { mood: "neutral", text: `${name} was cancelled` };
}
