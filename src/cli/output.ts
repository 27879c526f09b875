/**
 * What commands print: whole lines, and tables.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Prints to stdout. */
export async function print(text: string): Promise<void> {
  await writeAll(Deno.stdout, text);
}

/** Prints one line to stderr. */
export async function complain(message: string): Promise<void> {
  await writeAll(Deno.stderr, `lanspread: ${message.replaceAll("\n", " ")}\n`);
}

async function writeAll(to: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** Lines of cells under a heading, padded; columns whose heading ends in `>` are set to the right. */
export function renderTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = heading.map((title) => title.replace(/>$/, ""));
  const all = [titles, ...rows];
  const widths = titles.map((_, at) => Math.max(...all.map((row) => columnsOf(row[at] ?? ""))));
  const lines = all.map((row) =>
    row.map((cell, at) => {
      const space = " ".repeat((widths[at] ?? 0) - columnsOf(cell));
      return heading[at]?.endsWith(">") ? space + cell : cell + space;
    }).join("  ").trimEnd()
  );
  return lines.join("\n") + "\n";
}

const segments = new Intl.Segmenter("en", { granularity: "grapheme" });
/** What terminals draw over two columns (Unicode East Asian Width, W and F, in broad strokes). */
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u;

/** The columns that a text takes on a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of segments.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}
