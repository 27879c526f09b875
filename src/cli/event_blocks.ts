/**
 * Server-sent events out of bytes, as far as the control API uses them.
 *
 * @module
 */

/** One event. */
export interface EventBlock {
  id: string;
  data: string;
}

/** Splits a stream into its events; an event that breaks off, or has no data, is left out. */
export async function* readEventBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<EventBlock> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  try {
    for await (const chunk of stream) {
      parts.push(decoder.decode(chunk, { stream: true }));
      if (!parts.at(-1)?.includes("\n")) continue;
      const blocks = parts.join("").split("\n\n");
      parts = [blocks.pop() ?? ""];
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield { id: /^id: (\d+)$/m.exec(block)?.[1] ?? "", data };
      }
    }
  } catch (error) {
    // The peer ends a reader that is too slow, and everybody when it stops: whoever comes back learns which.
    if (
      !(error instanceof Error && "code" in error && ["ECONNRESET", "EPIPE"].includes(String(error.code)))
    ) {
      throw error;
    }
  }
}
