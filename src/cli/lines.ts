/**
 * Lines of a byte stream, each of bounded length.
 *
 * @module
 */

/** A line, or the news that one was too long. */
export type Line = { text: string } | { too_long: true };

/**
 * Splits a stream at line feeds. A line longer than `limit_bytes` is skipped and reported once; bytes that are not
 * UTF-8 come as U+FFFD.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  limit_bytes: number,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let length = 0;
  const finish = (): Line => {
    const line = length > limit_bytes
      ? { too_long: true as const }
      : { text: decoder.decode(concat(parts, length)) };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of stream) {
    let rest = chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      add(rest.subarray(0, at));
      yield finish();
      rest = rest.subarray(at + 1);
    }
    add(rest);
  }
  if (length > 0) yield finish();

  function add(part: Uint8Array): void {
    length += part.length;
    if (length <= limit_bytes) parts.push(part);
    else parts = [];
  }
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
