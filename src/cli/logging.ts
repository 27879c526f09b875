/**
 * Where log lines go: to stderr, one line an event, from a level on.
 *
 * @module
 */

import { configure, getStreamSink, getTextFormatter } from "@logtape/logtape";

/** Levels, from the most to the least. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "off"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** Configures logging for the whole process. */
export async function configureLogging(level: LogLevel): Promise<void> {
  if (level === "off") return;
  const sink = getStreamSink(Deno.stderr.writable, { formatter: getTextFormatter({ value: formatValue }) });
  await configure({
    sinks: { stderr: sink },
    loggers: [
      { category: ["lanspread"], sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
}

function formatValue(value: unknown): string {
  return typeof value === "string" ? value : value instanceof Error ? value.message : JSON.stringify(value);
}
