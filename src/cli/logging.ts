/**
 * Where log lines go: to stderr or a file, one line an event, from a level on.
 *
 * Under systemd stderr is a stream of its journal, which has times and levels of its own: there a line begins with the
 * number of its level and has no time (sd-daemon(3)).
 *
 * @module
 */

import { configure, dispose, getStreamSink, getTextFormatter, type LogRecord } from "@logtape/logtape";
import { fstatSync } from "node:fs";
import { LanspreadError, messageOf } from "../base/errors.ts";

/** Levels, from the most to the least. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "off"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** What is logged, and where to. */
export interface LogOptions {
  readonly log: LogLevel;
  /** `undefined` for stderr. */
  readonly log_file?: string | undefined;
}

/** A log file that is longer when the peer starts is put aside as `<file>.1`. */
const MAX_FILE_BYTES = 10 * 1024 ** 2;
const STDERR = 2;
/** Of syslog(3). */
const PRIORITIES: Record<LogRecord["level"], number> = {
  trace: 7,
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** Configures logging for the whole process; disposing it waits until every line is out. Throws `io`. */
export async function configureLogging({ log, log_file }: LogOptions): Promise<AsyncDisposable> {
  if (log === "off") return new AsyncDisposableStack();
  await using stack = new AsyncDisposableStack();
  const output = log_file === undefined ? Deno.stderr : stack.use(await openLogFile(log_file));
  const is_journal = log_file === undefined && isJournal(Deno.env.get("JOURNAL_STREAM"));
  const formatter = is_journal ? journalLine : getTextFormatter({ value: formatValue });
  await configure({
    sinks: { stderr: getStreamSink(streamTo(output), { formatter }) },
    loggers: [
      { category: ["lanspread"], sinks: ["stderr"], lowestLevel: log },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
  stack.defer(() => dispose());
  return stack.move();
}

async function openLogFile(path: string): Promise<Deno.FsFile> {
  try {
    const { size } = await Deno.stat(path).catch(() => ({ size: 0 }));
    if (size > MAX_FILE_BYTES) await Deno.rename(path, `${path}.1`);
    return await Deno.open(path, { append: true, create: true });
  } catch (cause) {
    throw new LanspreadError("io", `--log-file ${path} can't be opened: ${messageOf(cause)}`, { cause });
  }
}

/** Whether stderr is the stream that systemd named: a child of the service may have another one. */
function isJournal(named: string | undefined): boolean {
  if (!named) return false;
  try {
    const { dev, ino } = fstatSync(STDERR);
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

const withoutTime = getTextFormatter({
  timestamp: "none",
  value: formatValue,
  format: ({ category, message }) => `${category}: ${message}`,
});

/** One line for the journal. */
export function journalLine(record: LogRecord): string {
  return `<${PRIORITIES[record.level]}>${withoutTime(record)}`;
}

/** Closing this stream leaves `output` open. A reader that went away must not end the peer. */
function streamTo(output: { write(bytes: Uint8Array): Promise<number> }): WritableStream<Uint8Array> {
  return new WritableStream({
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += await output.write(bytes.subarray(at));
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
