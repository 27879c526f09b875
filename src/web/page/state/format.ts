/**
 * Numbers and times as people read them. Pure.
 *
 * @module
 */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A count of bytes in decimal units: `268 MB`, `1.4 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${value < 10 && unit > 1 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** Bytes a second. */
export function formatSpeed(bytes_per_s: number): string {
  return `${formatBytes(bytes_per_s)}/s`;
}

/** A duration: `8 s`, `3 min`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 machine`, `3 machines`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A whole percentage, 100 only when it is done. */
export function percentOf(done: number, total: number): number {
  if (total <= 0) return 0;
  return done >= total ? 100 : Math.min(99, Math.floor(100 * done / total));
}

const TIME = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });

/** The time of the day. */
export function formatTime(at_ms: number): string {
  return TIME.format(at_ms);
}
