import { commandInfo, COMMANDS, START_FLAGS } from "../../src/cli/command_table.ts";
import { readClientOptions } from "../../src/cli/client_options.ts";
import { bash, fish, zsh } from "../../src/cli/completions.ts";
import { helpOf, overview } from "../../src/cli/help.ts";
import { LanspreadError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { leftOut } from "../support/print.ts";

const text = await Deno.readTextFile(new URL("../../main.ts", import.meta.url));

Deno.test("the overview names every command and every flag that starts a peer, in lines that fit", () => {
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(overview(), `  ${name}`);
    assertStringIncludes(overview(), summary);
  }
  for (const { name } of START_FLAGS) assertStringIncludes(overview(), `--${name}`);
  for (const line of overview().split("\n")) assert(line.length <= 110, line);
});

for (const command of COMMANDS) {
  Deno.test(`the help of ${command.name} has its flags and an example that calls it`, () => {
    const help = helpOf(command);
    for (const { name } of command.flags) assertStringIncludes(help, `--${name}`);
    assert(command.examples.length > 0);
    const uses = (line: string) => line.includes(`lanspread ${command.name}`) || command.name === "run";
    for (const [line] of command.examples) assert(uses(line), line);
    assert(text.includes(`${command.name}: async`) || text.includes(`"${command.name}": async`), "it runs");
  });
}

Deno.test("a command's arguments are read by the table; a game called 1942 stays a text", () => {
  const env = (name: string) => name === "HOME" ? "/home/a" : undefined;
  const { operands, flags, state_dir } = readClientOptions(
    "get",
    ["--json", "1942", "--state-dir", "/s"],
    env,
  );
  assertEquals([operands, [...flags], state_dir], [["1942"], ["json"], "/s"]);
  const { values } = readClientOptions(
    "settings",
    ["--limit-up", "20M", "--state-dir=/s", "--name=a b"],
    env,
  );
  assertEquals([...values], [["name", "a b"], ["limit-up", "20M"]]);
  const other = readClientOptions("ls", [], (name) => name === "LANSPREAD_STATE_DIR" ? "/e" : undefined);
  assertEquals(other.state_dir, "/e");
  for (const args of [[], ["a", "b"], ["a", "--server"], ["a", "--state-dir="]]) {
    assertEquals(assertThrows(() => readClientOptions("get", args, env), LanspreadError).code, "usage");
  }
});

Deno.test("every completion script knows every command and its flags", () => {
  for (const script of [bash(), zsh(), fish()]) {
    for (const { name, flags } of COMMANDS) {
      assertStringIncludes(script, name);
      for (const flag of flags) assertStringIncludes(script, flag.name);
    }
  }
});

/** Whether a shell is here. */
async function has(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", "exit 0"], stdout: "null", stderr: "null" })
      .output()).success;
  } catch {
    return false;
  }
}

const SCRIPTS = { bash, zsh, fish };
for (const [shell, script] of Object.entries(SCRIPTS)) {
  const missing = await has(shell) ? undefined : `there is no ${shell} here`;
  Deno.test(
    `${shell} reads its completion script`,
    { ignore: leftOut(`completions of ${shell}`, missing) },
    async () => {
      const args = ["-n", "-c", script()];
      const { code, stderr } = await new Deno.Command(shell, { args, stderr: "piped" }).output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    },
  );
}

const no_bash = await has("bash") ? undefined : "there is no bash here";
const COMPLETED: [words: string[], expected: string[]][] = [
  [["un"], ["uninstall"]],
  [["get", "--no"], ["--no-install", "--no-wait"]],
  [["run", "--quic", "m"], ["matrixai"]],
  [["catalog", ""], ["build"]],
  [["launch", "al"], ["alienswarm"]],
];
for (const [words, expected] of COMPLETED) {
  Deno.test(
    `bash completes lanspread ${words.join(" ")}`,
    { ignore: leftOut("bash completions", no_bash) },
    async () => {
      const line = ["lanspread", ...words].map((word) => `'${word}'`).join(" ");
      const program = `${bash()}
lanspread() { echo alienswarm; echo bomberman; }
COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _lanspread; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await new Deno.Command("bash", { args: ["-c", program], stderr: "inherit" })
        .output();
      assertEquals(new TextDecoder().decode(stdout).trim().split("\n"), expected);
    },
  );
}

Deno.test("a name that is none is no command", () => assertEquals(commandInfo("toString"), undefined));
