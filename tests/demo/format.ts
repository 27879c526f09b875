/**
 * Numbers as people read them. Pure.
 *
 * @module
 */

const UNITS = ["B", "kB", "MB", "GB"];

/** A count of bytes in decimal units: `268.4 MB`, `0 B`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be shown as 1000.0 belongs to the next unit.
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A rate in bytes a second: `264 MB/s`. */
export function formatSpeed(bytes_per_s: number): string {
  return `${Math.round(bytes_per_s / 1e6)} MB/s`;
}

/** A duration in seconds: `0.97 s`, `12 s`. */
export function formatSeconds(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds)} s`;
}

/** A duration of something that was looked at every 10 ms, in milliseconds. */
export function formatMs(ms: number): string {
  return ms < 10 ? "< 10 ms" : `${Math.round(ms)} ms`;
}

/** A part of a whole: `52%`; of nothing it is 0%. */
export function formatShare(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.round(part / whole * 100)}%`;
}

/** The time that is left, in seconds; nothing where it is longer than anybody would believe. */
export function formatLeft(seconds: number): string {
  if (seconds < 99.5) return `${Math.ceil(seconds)} s left`;
  return seconds < 99 * 60 ? `${Math.round(seconds / 60)} m left` : "";
}

/** `1 file`, `12 files`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
