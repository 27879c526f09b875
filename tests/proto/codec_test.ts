/**
 * Frames: what goes in comes out, however the bytes are cut; what is no frame ends in one kind of error.
 *
 * @module
 */

import fc from "fast-check";
import { LanspreadError } from "../../src/base/errors.ts";
import { encodeFrame, FrameDecoder, parseMessage } from "../../src/proto/codec.ts";
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from "../../src/proto/limits.ts";
import { Answer, Request } from "../../src/proto/message.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const LIMIT_BYTES = 1 << 20;
const anyBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => new Uint8Array(bytes));
const anyCuts = fc.array(fc.nat({ max: 4096 }), { maxLength: 12 });

Deno.test("a frame comes out as it went in, however its bytes are cut, and the rest is exact", async () => {
  await holds(fc.property(fc.jsonValue(), anyBytes(40), anyCuts, (value, tail, cuts) => {
    const pieces = cut(concat([encodeFrame(value, LIMIT_BYTES), tail]), cuts);
    const decoder = new FrameDecoder(LIMIT_BYTES);
    while (decoder.needed_bytes > 0) {
      assertEquals(decoder.take(), undefined);
      decoder.push(pieces.shift() ?? new Uint8Array(0));
    }
    assertEquals(decoder.take(), { value: JSON.parse(JSON.stringify(value)) });
    assertEquals(concat([decoder.rest, ...pieces]), tail);
  }));
});

Deno.test("bytes that are pushed behind a complete frame are all kept in `rest`", async () => {
  await holds(
    fc.property(anyBytes(40), anyCuts, (tail, cuts) => {
      const decoder = new FrameDecoder(LIMIT_BYTES);
      for (const piece of cut(concat([encodeFrame({ type: "ping" }, 64), tail]), cuts)) decoder.push(piece);
      assertEquals(decoder.take(), { value: { type: "ping" } });
      assertEquals(decoder.rest, tail);
    }),
    { examples: [[Uint8Array.of(1, 2), [20]]] },
  );
});

Deno.test("a reader that hands over what needed_bytes asks for never reads past the frame", async () => {
  await holds(fc.property(fc.jsonValue(), (value) => {
    const frame = encodeFrame(value, LIMIT_BYTES);
    const decoder = new FrameDecoder(LIMIT_BYTES);
    let at = 0;
    for (let needed = decoder.needed_bytes; needed > 0; needed = decoder.needed_bytes) {
      decoder.push(frame.subarray(at, at += needed));
    }
    assertEquals(at, frame.length);
    assertEquals(decoder.rest.length, 0);
    assertEquals(decoder.take(), { value: JSON.parse(JSON.stringify(value)) });
  }));
});

Deno.test("the limit counts the bytes of the JSON: just the limit passes, a byte more does not", async () => {
  await holds(
    fc.property(fc.jsonValue(), (value) => {
      const length = new TextEncoder().encode(JSON.stringify(value)).length;
      const frame = encodeFrame(value, length);
      assertInvalid(() => encodeFrame(value, length - 1));
      new FrameDecoder(length).push(frame);
      assertInvalid(() => new FrameDecoder(length - 1).push(frame));
    }),
    { examples: [["\u00e9\u{1f600}"]] },
  );
});

Deno.test("a length over the limit is refused before anything is allocated", () => {
  const lengths = [MAX_REQUEST_BYTES + 1, MAX_ANSWER_BYTES, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
  for (const length of lengths) {
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, length);
    const decoder = new FrameDecoder(MAX_REQUEST_BYTES);
    decoder.push(header.slice(0, 3));
    const largest = largestAllocation(() => {
      const error = assertInvalid(() => decoder.push(header.slice(3)));
      assertStringIncludes(error.message, `${length}`);
    });
    assert(largest <= 4, `${largest} bytes were allocated for a length of ${length}`);
    assertEquals(decoder.take(), undefined);
  }
});

Deno.test("the allocation of an allowed frame is seen, so that the test above can fail", () => {
  const frame = encodeFrame("x".repeat(1_000), LIMIT_BYTES);
  assertEquals(largestAllocation(() => new FrameDecoder(LIMIT_BYTES).push(frame)), 1_002);
});

Deno.test("a truncated frame never yields", async () => {
  await holds(fc.property(fc.jsonValue(), fc.nat(), (value, at) => {
    const frame = encodeFrame(value, LIMIT_BYTES);
    const kept = frame.subarray(0, at % frame.length);
    const decoder = new FrameDecoder(LIMIT_BYTES);
    decoder.push(kept);
    assertEquals(decoder.take(), undefined);
    assert(decoder.needed_bytes > 0 && decoder.needed_bytes <= frame.length - kept.length);
  }));
});

Deno.test("random bytes end in a value, in waiting or in invalid_request, in nothing else", async () => {
  await holds(
    fc.property(anyBytes(200), anyCuts, (bytes, cuts) => {
      onlyInvalidRequest(() => {
        const decoder = new FrameDecoder(100);
        for (const piece of cut(bytes, cuts)) decoder.push(piece);
        decoder.take();
      });
    }),
    { runs: 500 },
  );
});

Deno.test("a well-framed body of random bytes ends in a value or in invalid_request", async () => {
  await holds(
    fc.property(anyBytes(200), (body) => {
      onlyInvalidRequest(() => decodeBody(body));
    }),
    { runs: 500 },
  );
});

const BROKEN_BODIES: Record<string, number[]> = {
  "no byte at all": [],
  "a text cut off": [0x22, 0x61],
  "an overlong slash": [0x22, 0xc0, 0xaf, 0x22],
  "a surrogate in UTF-8": [0x22, 0xed, 0xa0, 0x80, 0x22],
  "half a character": [0x22, 0xc3, 0x22],
  "two values": [0x31, 0x20, 0x32],
  "UTF-16": [0x22, 0x00, 0x61, 0x00, 0x22, 0x00],
};

for (const [what, bytes] of Object.entries(BROKEN_BODIES)) {
  Deno.test(`a frame whose body is ${what} is an invalid_request`, () => {
    assertInvalid(() => decodeBody(Uint8Array.from(bytes)));
  });
}

Deno.test("JSON nested as deep as a request allows ends in invalid_request, not in a crash", () => {
  const depth = MAX_REQUEST_BYTES / 2;
  const body = new TextEncoder().encode("[".repeat(depth) + "]".repeat(depth));
  assertInvalid(() => parseMessage(Request, decodeBody(body)));
});

Deno.test("parseMessage() throws nothing but invalid_request, whatever JSON it is given", async () => {
  const types = [...Request.options, ...Answer.options].map((option) => option.shape.type.value);
  const keys = fc.constantFrom("game_id", "path", "files", "games", "offset", "length", "proof", "code");
  const almost = fc.tuple(fc.constantFrom(...types), fc.dictionary(keys, fc.jsonValue()))
    .map(([type, fields]) => ({ ...fields, type }));
  await holds(
    fc.property(fc.oneof(fc.jsonValue(), almost), (value) => {
      onlyInvalidRequest(() => parseMessage(Request, value));
      onlyInvalidRequest(() => parseMessage(Answer, value));
    }),
    { runs: 300 },
  );
});

Deno.test("parseMessage() names the field that is wrong", () => {
  const value = { type: "get_game", game_id: "../x" };
  assertStringIncludes(assertInvalid(() => parseMessage(Request, value)).message, "game_id: ");
});

/** Cuts `bytes` into pieces, each a copy of its own, as a socket would hand them over. */
function cut(bytes: Bytes, cuts: readonly number[]): Bytes[] {
  const places = cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.slice(from, places[i] ?? bytes.length));
}

function concat(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function decodeBody(body: Bytes): unknown {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, body.length);
  const decoder = new FrameDecoder(LIMIT_BYTES);
  decoder.push(concat([header, body]));
  return decoder.take()?.value;
}

function assertInvalid(action: () => unknown): LanspreadError {
  const error = assertThrows(action, LanspreadError);
  assertEquals(error.code, "invalid_request");
  return error;
}

function onlyInvalidRequest(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assert(error instanceof LanspreadError && error.code === "invalid_request", `threw ${error}`);
  }
}

/** The largest `Uint8Array`, in bytes, that `action` makes from a length. */
function largestAllocation(action: () => void): number {
  const original = globalThis.Uint8Array;
  let largest = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args, self) {
      if (typeof args[0] === "number") largest = Math.max(largest, args[0]);
      return Reflect.construct(target, args, self);
    },
  });
  try {
    action();
  } finally {
    globalThis.Uint8Array = original;
  }
  return largest;
}
