/**
 * Speed limits as people write them, in megabytes a second. Pure.
 *
 * @module
 */

const MB = 1_000_000;
/** Less does not work; the peer knows exactly. */
const LEAST_MB = 0.02;

/** A limit as the text of its field; empty for none. */
export function limitText(bytes_per_s: number | null): string {
  return bytes_per_s === null ? "" : String(Number((bytes_per_s / MB).toPrecision(4)));
}

/** The limit that a text says, in bytes a second, `null` for none; or words about what is wrong with it. */
export function limitOf(text: string): { bytes_per_s: number | null } | string {
  const number = text.trim().replace(",", ".");
  if (number === "") return { bytes_per_s: null };
  if (!/^\d+(\.\d+)?$/.test(number)) {
    return "Type a number of megabytes a second, such as 20 or 2.5. Leave it empty for no limit.";
  }
  if (Number(number) < LEAST_MB) {
    return `Less than ${LEAST_MB} MB/s does not work. Leave it empty for no limit.`;
  }
  return { bytes_per_s: Math.round(Number(number) * MB) };
}
