/**
 * Server-sent events (HTML Standard, section 9.2) out of an event feed.
 *
 * A reader is written to only when it takes more; what it leaves waits in the feed's bounded queue.
 *
 * @module
 */

import type { EventFeed } from "./event_feed.ts";
import type { Numbered } from "./event_ring.ts";

/** How long a browser waits before it comes back, in milliseconds. */
const RETRY_MS = 1_000;

/** Answers with the events after `last_id`, see `EventFeed.follow`. Throws `busy` and `shutting_down`. */
export function eventStream(feed: EventFeed, last_id: number | undefined): Response {
  const encoder = new TextEncoder();
  let events: AsyncIterator<Numbered>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // What waits for a reader that never comes is let go with the stream.
      events = feed.follow(last_id, () => controller.error(new Error("the reader is too far behind")));
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
    },
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(block(value)));
    },
    cancel: async () => void await events.return?.(),
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

/** JSON holds no line feed, so one data line is enough. */
function block({ id, event, text }: Numbered): string {
  return `id: ${id}\nevent: ${event}\ndata: ${text}\n\n`;
}

/** The number that a reader heard last; `undefined` where it says none, or nonsense. */
export function lastIdOf(headers: Headers): number | undefined {
  const text = headers.get("last-event-id") ?? "";
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
