/**
 * Parts of documents that a program makes, each between two markers; the rest of the file is left as it is.
 *
 * @module
 */

/** A part of a document: its first and its last line. */
export interface Markers {
  readonly begin: string;
  readonly end: string;
}

/** `doc` with its part replaced; appended where it has none. */
export function withPart(doc: string, { begin, end }: Markers, part: string): string {
  const [from, to] = [doc.indexOf(begin), doc.indexOf(end)];
  const block = `${begin}\n\n${part}\n${end}`;
  if (from < 0 || to < from) return `${doc}${doc === "" ? "" : "\n"}${block}\n`;
  return doc.slice(0, from) + block + doc.slice(to + end.length);
}

/** Markdown as `deno fmt` writes it with the settings of the folder `root`. */
export async function formatted(markdown: string, root: string): Promise<string> {
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = fmt.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { success, stdout } = await fmt.output();
  if (!success) throw new Error("deno fmt does not take this document");
  return new TextDecoder().decode(stdout);
}
