/**
 * Where log lines go: to stderr, one line an event, from a level on.
 *
 * @module
 */

import { configure, dispose, getStreamSink, getTextFormatter } from "@logtape/logtape";

/** Levels, from the most to the least. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "off"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** Configures logging for the whole process; disposing it waits until every line is out. */
export async function configureLogging(level: LogLevel): Promise<AsyncDisposable> {
  if (level === "off") return new AsyncDisposableStack();
  const sink = getStreamSink(stderrStream(), { formatter: getTextFormatter({ value: formatValue }) });
  await configure({
    sinks: { stderr: sink },
    loggers: [
      { category: ["lanspread"], sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
  return { [Symbol.asyncDispose]: () => dispose() };
}

/** Closing this stream leaves stderr open. A reader that went away must not end the peer. */
function stderrStream(): WritableStream<Uint8Array> {
  return new WritableStream({
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += await Deno.stderr.write(bytes.subarray(at));
      } catch {
        // Nobody reads the log any more.
      }
    },
  });
}

function formatValue(value: unknown): string {
  const text = typeof value === "string"
    ? value
    : value instanceof Error
    ? value.message
    : JSON.stringify(value);
  // Texts of other peers and names of files may hold line feeds and the escape codes of terminals.
  return text?.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ") ?? "";
}
