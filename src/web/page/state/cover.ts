/**
 * What the made-up cover of a game looks like: always the same for the same game. Pure.
 *
 * @module
 */

/** How many motifs there are to draw. */
export const MOTIFS = 6;

/** A cover as numbers and colours. */
export interface Cover {
  /** Two colours of the gradient, and a light one for the motif. */
  readonly from: string;
  readonly to: string;
  readonly light: string;
  readonly motif: number;
  /** Turns and moves the motif; 0 to 1. */
  readonly turn: number;
  readonly initials: string;
}

/** Pairs of colours that go well together, and a light one on them. */
const PALETTE: readonly (readonly [from: string, to: string, light: string])[] = [
  ["#6d5efc", "#251a6b", "#c9c3ff"],
  ["#f0547a", "#5a1250", "#ffc9d8"],
  ["#f0833a", "#7a1d2e", "#ffd9b0"],
  ["#12a594", "#0b3a53", "#a8f0e2"],
  ["#2f8df5", "#172a75", "#bfdfff"],
  ["#c94ee0", "#3a1670", "#f3c6ff"],
  ["#e5484d", "#4a1030", "#ffc4c0"],
  ["#3fa34d", "#0d3b3a", "#c8f2c4"],
  ["#d99b1c", "#5b2a12", "#ffe6a6"],
  ["#5a7f9e", "#1d2a44", "#cfe2f2"],
  ["#14a3c7", "#2a1f6e", "#b8eeff"],
  ["#8f86ff", "#8a1f6b", "#e6e1ff"],
];

/** The cover of a game. */
export function coverOf(id: string, name: string): Cover {
  const hash = hashOf(id);
  const [from = "", to = "", light = ""] = PALETTE[hash % PALETTE.length] ?? [];
  return {
    from,
    to,
    light,
    motif: (hash >>> 12) % MOTIFS,
    turn: ((hash >>> 4) % 1_000) / 1_000,
    initials: initialsOf(name),
  };
}

/** FNV-1a with a final mix (MurmurHash3's), so that ids that look alike do not. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of new TextEncoder().encode(text)) hash = Math.imul(hash ^ char, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The first letters of up to two words. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{Letter}\p{Number}]+/u).filter((word) => word !== "");
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}
