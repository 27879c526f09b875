/**
 * Words in unit files, read back by the rules of systemd.
 *
 * @module
 */

import fc from "fast-check";
import { execProgram, execWord, pathWord } from "../../src/service/systemd_quote.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";

/** One quoted word, as extract_first_word() and unit_full_printf() of systemd read it. */
function unquote(word: string): string {
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(word)) throw new Error(`not one quoted word: ${word}`);
  const inner = word.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => {
    if (char !== "\\" && char !== '"') throw new Error(`an escape with another meaning: \\${char}`);
    return char;
  });
  return inner.replace(/%(.?)/g, (_, specifier: string) => {
    if (specifier !== "%") throw new Error(`a specifier is left: %${specifier}`);
    return "%";
  });
}

/** Then variables are put in. */
function withoutVariables(word: string): string {
  return word.replace(/\$(.?)/g, (_, next: string) => {
    if (next !== "$") throw new Error(`a variable is left: $${next}`);
    return "$";
  });
}

const text = fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !/\p{Cc}/u.test(text));
const odd = fc.array(fc.constantFrom("a", " ", '"', "'", "\\", "%", "$", ";", "#", "{", "}", "é"))
  .map((chars) => chars.join(""));

Deno.test("an argument comes out as it went in, whatever it holds", async () => {
  const property = fc.property(fc.oneof(text, odd), (word) => {
    assertEquals(withoutVariables(unquote(execWord(word))), word);
  });
  await holds(property, {
    runs: 500,
    examples: [["%h"], ["$HOME"], ["${HOME}"], ["a\\"], ['"'], [""], [";"]],
  });
});

Deno.test("a path comes out as it went in, whatever it holds", async () => {
  const property = fc.property(fc.oneof(text, odd), (path) => {
    assertEquals(unquote(pathWord(`/${path}`)), `/${path}`);
  });
  await holds(property, { runs: 500, examples: [["%h"], ["my games"], ["a\\"], ['"']] });
});

Deno.test("what systemd takes in no way is refused, and named", () => {
  for (const word of ["a\nb", "a\u0000b", "a\u001bb"]) {
    assertThrows(() => execWord(word), Error, "control character");
    assertThrows(() => pathWord(word), Error, JSON.stringify(word));
  }
  for (const path of ["/a'b", '/a"b', "/a\\b"]) assertThrows(() => execProgram(path), Error, "rename it");
  assertEquals(execProgram("/opt/my $games/100%"), '"/opt/my $games/100%%"');
});
