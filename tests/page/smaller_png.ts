/**
 * Makes a screenshot smaller: colours in steps that nobody sees instead of the browser's fine grain, which no
 * compression likes (PNG, third edition, sections 9 to 11; 8-bit RGB without interlace alone).
 *
 * @module
 */

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE_BYTES = 8;
const PIXEL_BYTES = 3;
/** Colours are multiples of this, and white. */
const STEP = 4;

/** The same picture in fewer bytes. Throws `RangeError` for another kind of PNG. */
export function smallerPng(png: Uint8Array): Uint8Array {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === "IHDR")?.data ?? new Uint8Array(13);
  if (header.slice(8, 13).join() !== "8,2,0,0,0") throw new RangeError("not an 8-bit RGB picture");
  const width = new DataView(header.buffer, header.byteOffset).getUint32(0);
  const packed = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const lines = unfiltered(new Uint8Array(inflateSync(joined(packed))), width * PIXEL_BYTES);
  for (const [at, value] of lines.entries()) lines[at] = value > 255 - STEP ? 255 : value - value % STEP;
  const data = withFilterBytes(lines, width * PIXEL_BYTES);
  return joined([
    png.subarray(0, SIGNATURE_BYTES),
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(deflateSync(data, { level: 9 }))),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunksOf(png: Uint8Array): { type: string; data: Uint8Array }[] {
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks = [];
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    chunks.push({ type, data: png.slice(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(type), data]);
  const ends = new DataView(new ArrayBuffer(8));
  ends.setUint32(0, data.length);
  ends.setUint32(4, crc32(body));
  const [length, sum] = [new Uint8Array(ends.buffer, 0, 4), new Uint8Array(ends.buffer, 4, 4)];
  return joined([length, body, sum]);
}

/** The bytes of all lines, without the byte before each that says how it is filtered. */
function unfiltered(packed: Uint8Array, line_bytes: number): Uint8Array {
  const height = packed.length / (line_bytes + 1);
  const lines = new Uint8Array(line_bytes * height);
  for (let y = 0; y < height; y++) {
    const filter = packed[y * (line_bytes + 1)] ?? 0;
    for (let x = 0; x < line_bytes; x++) {
      const at = y * line_bytes + x;
      const left = x < PIXEL_BYTES ? 0 : lines[at - PIXEL_BYTES] ?? 0;
      const up = lines[at - line_bytes] ?? 0;
      const corner = x < PIXEL_BYTES ? 0 : lines[at - line_bytes - PIXEL_BYTES] ?? 0;
      lines[at] = (packed[at + y + 1] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return lines;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  return [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
}

function paeth(left: number, up: number, corner: number): number {
  const [to_left, to_up] = [Math.abs(up - corner), Math.abs(left - corner)];
  const to_corner = Math.abs(left + up - 2 * corner);
  if (to_left <= to_up && to_left <= to_corner) return left;
  return to_up <= to_corner ? up : corner;
}

function withFilterBytes(lines: Uint8Array, line_bytes: number): Uint8Array {
  const packed = new Uint8Array(lines.length + lines.length / line_bytes);
  for (let y = 0; y * line_bytes < lines.length; y++) {
    packed.set(lines.subarray(y * line_bytes, (y + 1) * line_bytes), y * (line_bytes + 1) + 1);
  }
  return packed;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
