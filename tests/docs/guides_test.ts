/**
 * The guides in docs say what there is: every finding, every error code and every event is in them, and every command and
 * flag in them exists.
 *
 * @module
 */

import { FINDING_IDS } from "../../src/cli/doctor/finding.ts";
import { commandInfo, COMMANDS } from "../../src/cli/command_table.ts";
import { parseCommand } from "../../src/peer/commands.ts";
import { Event } from "../../src/web/answer_schemas.ts";
import { assert, assertEquals } from "../support/assert.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
const GUIDES = ["ORGANISER", "PLAYER", "SCRIPTING", "TROUBLESHOOTING"].map((name) => `docs/${name}.md`);
const trouble = read("docs/TROUBLESHOOTING.md");
const scripting = read("docs/SCRIPTING.md");

/** The union of codes, which is a type alone, read from its source. */
function errorCodes(): string[] {
  const [, union = ""] = /export type ErrorCode =([^;]*);/.exec(read("src/base/errors.ts")) ?? [];
  return [...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
}

/** The lines of the blocks of code in a guide; a line that goes on is one line. */
function codeLines(guide: string): string[] {
  const blocks = [...read(guide).matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n")).map((line) => line.trim());
}

Deno.test("every finding of doctor has its paragraph in TROUBLESHOOTING.md, in the order in which it is told", () => {
  const [, part = ""] = trouble.split("## What doctor looks at");
  const [paragraphs = ""] = part.split("\n## ");
  assertEquals([...paragraphs.matchAll(/^### (\S+)$/gm)].map(([, id]) => id), [...FINDING_IDS]);
});

Deno.test("every error code has its row in TROUBLESHOOTING.md, with cause and cure", () => {
  const codes = errorCodes();
  assert(codes.length > 30, "the codes were not found");
  const rows = [...trouble.matchAll(/^\| `(\w+)` *\|([^|]+)\|([^|]+)\|$/gm)];
  assertEquals(rows.map(([, code]) => code).toSorted(), codes.toSorted());
  for (const [row, , cause = "", cure = ""] of rows) assert(cause.trim() !== "" && cure.trim() !== "", row);
});

Deno.test("every event stands in SCRIPTING.md, and no other", () => {
  const [, table = ""] = scripting.split("## Events");
  const told = [...table.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
  const events = Event.options.flatMap((option) => [...option.shape.event.values]);
  assertEquals(told.toSorted(), events.toSorted());
});

for (const guide of GUIDES) {
  Deno.test(`every command and flag in ${guide} exists`, () => {
    const found = codeLines(guide).flatMap((line) => [...line.matchAll(/(?<![=/])\blanspread ([^|>;\n]*)/g)]);
    const words = [...found, ...read(guide).matchAll(/`lanspread ([^`]*)`/g)].map(([, rest = ""]) => rest);
    assert(words.length > 3, "no commands were found");
    for (const text of words) {
      const [first = "", ...rest] = text.split(/\s+/);
      const name = first.startsWith("-") || first === "" ? "run" : first;
      const info = commandInfo(name);
      assert(info !== undefined || name === "<command>", `${guide}: lanspread ${text}`);
      const known = [
        "help",
        ...COMMANDS.flatMap((command) => command === info ? command.flags : [])
          .map((flag) => typeof flag === "string" ? flag : flag.name),
      ];
      const flags = [first, ...rest].filter((word) => word.startsWith("--")).map((word) => word.slice(2));
      assertEquals(flags.filter((flag) => !known.includes(flag)), [], `${guide}: lanspread ${text}`);
    }
  });
}

Deno.test("the commands in JSON of SCRIPTING.md are commands", () => {
  const lines = codeLines("docs/SCRIPTING.md");
  const commands = lines.flatMap((line) => /(\{[^']*"command":[^']*\})/.exec(line)?.[1] ?? []);
  assert(commands.length > 5);
  for (const text of commands) {
    if (!text.includes("json.dumps")) parseCommand(JSON.parse(text.replace(/\}\).*$/, "}")));
  }
});

Deno.test("every link from one guide to another leads somewhere", () => {
  for (const guide of GUIDES) {
    for (const [, file = "", part] of read(guide).matchAll(/\]\(([\w./]+)(?:#([\w-]+))?\)/g)) {
      const text = read(`docs/${file}`);
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")
      );
      assert(part === undefined || headings.includes(part), `${guide}: ${file}#${part}`);
    }
  }
});
