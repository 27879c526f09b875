/**
 * Another program that reads lines of JSON, whichever is there: so that what is printed is read by others, too.
 *
 * @module
 */

import { within } from "./deadline.ts";

/** Each takes lines of JSON and gives every value back on a line of its own. */
const READERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ["jq", "-c", "."],
  ["python3", "-c", "import json, sys\nfor line in sys.stdin: print(json.dumps(json.loads(line)))"],
  [
    "node",
    "-e",
    "for (const line of require('fs').readFileSync(0, 'utf8').trimEnd().split('\\n')) " +
    "console.log(JSON.stringify(JSON.parse(line)))",
  ],
];

/** The first of them that is here. */
async function findReader(): Promise<readonly string[] | undefined> {
  for (const reader of READERS) {
    const [program, ...args] = reader;
    const works = await run(program, args, "{}\n").then((out) => out.trim() === "{}", () => false);
    if (works) return reader;
  }
}

const reader = await findReader();

/** Why no other program can read JSON here. */
export const no_reader = reader ? undefined : "there is neither jq nor python3 nor node";

/** The values on the lines of `text`, as the other program reads them. */
export async function readElsewhere(text: string): Promise<unknown[]> {
  const [program = "", ...args] = reader ?? [];
  const out = await run(program, args, text);
  return out.trimEnd().split("\n").map((line): unknown => JSON.parse(line));
}

async function run(program: string, args: readonly string[], input: string): Promise<string> {
  const std = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
  await using child = new Deno.Command(program, { args: [...args], ...std }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout } = await within(program, child.output());
  if (!success) throw new Error(`${program} can't read ${input.slice(0, 200)}`);
  return new TextDecoder().decode(stdout);
}
