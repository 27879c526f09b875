/**
 * The task of Windows: its command line read back, its XML, its steps.
 *
 * @module
 */

import fc from "fast-check";
import { createTaskScheduler, taskXml } from "../../src/service/task_scheduler.ts";
import { windowsWord } from "../../src/service/windows_quote.ts";
import { plainText, xmlText } from "../../src/service/xml.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { holds } from "../support/seeds.ts";
import { setupWith } from "./setups.ts";

const manager = createTaskScheduler({
  local_app_data: "C:\\Users\\Ann Doe\\AppData\\Local",
  program_data: "C:\\ProgramData",
  user: "PARTY\\Ann & Bob",
});
const WINDOWS = {
  program: ["C:\\Program Files\\lanspread.exe"],
  state_dir: "C:\\Users\\Ann Doe\\AppData\\Local\\lanspread",
  game_dir: "D:\\my games",
  owner: undefined,
};

const LOG = "C:\\Users\\Ann Doe\\AppData\\Local\\lanspread\\lanspread.log";

/** The words of a command line, as CommandLineToArgvW reads those behind the program. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let is_quoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    if (!is_quoted && /[ \t]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "\\" || char === '"') {
      const [slashes = ""] = /^\\*/.exec(line.slice(at)) ?? [];
      const has_quote = line[at + slashes.length] === '"';
      word = (word ?? "") + (has_quote ? slashes.slice(0, slashes.length >> 1) : slashes);
      if (has_quote && slashes.length % 2 === 1) word += '"';
      else if (has_quote) is_quoted = !is_quoted;
      at += slashes.length - (has_quote ? 0 : 1);
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

const odd = fc.array(fc.constantFrom("a", " ", "\t", '"', "\\", "&", "%", "^", "é")).map((chars) =>
  chars.join("")
);

Deno.test("a command line comes out as its words went in, whatever they hold", async () => {
  const property = fc.property(fc.array(fc.oneof(odd, fc.string())), (words) => {
    assertEquals(wordsOf(words.map(windowsWord).join(" ")), words);
  });
  const examples: [string[]][] = [[["a\\"]], [["a b\\"]], [[""]], [['a\\"b']], [["\\\\server\\my share\\"]]];
  await holds(property, { runs: 500, examples });
});

Deno.test("text in XML comes out as it went in", async () => {
  const property = fc.property(fc.string(), (text) => {
    assert(!/[<>"]/.test(xmlText(text)));
    assertEquals(plainText(xmlText(text)), text);
  });
  await holds(property, { examples: [["&amp;"], ['<a b="c">']] });
});

/** What stands between tags. */
function between(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
}

Deno.test("a user's task starts without a window at log-on, and every minute where it does not run", () => {
  const xml = taskXml(setupWith({ ...WINDOWS }), "PARTY\\Ann & Bob", LOG);
  assertEquals(between(xml, "Command"), "conhost.exe");
  assertEquals(
    between(xml, "Arguments")?.replaceAll("&quot;", '"'),
    String.raw`--headless "C:\Program Files\lanspread.exe" run ` +
      String.raw`"--state-dir=C:\Users\Ann Doe\AppData\Local\lanspread" ` +
      String.raw`"--log-file=C:\Users\Ann Doe\AppData\Local\lanspread\lanspread.log"`,
  );
  for (const part of ["<LogonTrigger>", "PT1M", "IgnoreNew", "LeastPrivilege", "InteractiveToken"]) {
    assertStringIncludes(xml, part);
  }
  assertEquals(between(xml, "UserId"), "PARTY\\Ann &amp; Bob");
  assertEquals(between(xml, "ExecutionTimeLimit"), "PT0S");
});

Deno.test("a task of the machine runs at start-up as LOCAL SERVICE, which gets its folders", () => {
  const setup = setupWith({ ...WINDOWS, scope: "system", state_dir: "C:\\ProgramData\\lanspread" });
  const xml = taskXml(setup, "nobody", LOG);
  for (const part of ["<BootTrigger>", "<UserId>S-1-5-19</UserId>"]) assertStringIncludes(xml, part);
  assertEquals(between(xml, "Command"), "C:\\Program Files\\lanspread.exe");
  const { steps } = manager.install(setup);
  const granted = steps.flatMap((step) =>
    step.kind === "run" && step.program === "icacls" ? [step.args] : []
  );
  const ours = ["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "*S-1-5-19:(OI)(CI)M"];
  const own_folder = ["C:\\ProgramData\\lanspread", "/inheritance:r", "/grant:r", ...ours];
  assertEquals(granted, [own_folder, ["D:\\my games", "/grant", "*S-1-5-19:(OI)(CI)M"]]);
  // Everybody may read what is put into the folder of all programs' data: the passphrase comes when it is shut.
  const kinds = steps.map((step) => step.kind === "run" ? step.program : step.kind);
  assertEquals(kinds.slice(0, 3), ["make_folder", "icacls", "write"]);
});

Deno.test("a task of the user leaves the rights of folders alone", () => {
  const { steps } = manager.install(setupWith({ ...WINDOWS }));
  assert(!steps.some((step) => step.kind === "run" && step.program === "icacls"));
});

Deno.test("the log lies where the service says, also with a state folder elsewhere", () => {
  const setup = setupWith({ ...WINDOWS, scope: "system", state_dir: "E:\\state" });
  const steps = manager.install(setup).steps;
  const granted = steps.flatMap((step) =>
    step.kind === "run" && step.program === "icacls" ? [step.args[0]] : []
  );
  assertEquals(granted, ["E:\\state", "D:\\my games", "C:\\ProgramData\\lanspread"]);
  // A folder that somebody chose may hold much else: nobody loses it.
  const shut = steps.filter((step) => step.kind === "run" && step.args.includes("/inheritance:r"));
  assertEquals(shut.map((step) => step.kind === "run" && step.args[0]), ["C:\\ProgramData\\lanspread"]);
  const file = manager.file("system");
  const task = steps.find((step) => step.kind === "write" && step.path === file);
  const log = "C:\\ProgramData\\lanspread\\lanspread.log";
  assertStringIncludes(task?.kind === "write" ? task.text : "", `--log-file=${log}`);
  assertEquals(manager.logs("system", undefined), `type "${log}"`);
});

Deno.test("a log file that was chosen is not overruled by the task, and is named", () => {
  const log_file = "E:\\my logs\\lanspread.log";
  const setup = setupWith({ ...WINDOWS, state_dir: "D:\\a & b\\", log_file });
  const task = taskXml(setup, "Ann", LOG);
  assert(!task.includes("--log-file"), task);
  assertEquals(manager.flags(task), ["--state-dir=D:\\a & b\\\\"]);
  const usual = taskXml(setupWith({ ...WINDOWS }), "Ann", LOG);
  assertEquals(manager.flags(usual), [`--state-dir=${WINDOWS.state_dir}`, `--log-file=${LOG}`]);
  assertEquals(manager.logs("user", log_file), `type "${log_file}"`);
});

Deno.test("a path that the Task Scheduler would read as another one is refused", () => {
  for (const state_dir of ["C:\\100%fun%", "C:\\$(Arg0)", "C:\\a\u0007"]) {
    const setup = setupWith({ ...WINDOWS, state_dir });
    assertThrows(() => manager.install(setup), Error, "rename it");
  }
  taskXml(setupWith({ ...WINDOWS, state_dir: "C:\\100% fun" }), "Ann", LOG);
});

Deno.test("the task is made from its file, and one that is replaced is ended", () => {
  const setup = setupWith({ ...WINDOWS });
  const file = manager.file("user");
  assertEquals(file, "C:\\Users\\Ann Doe\\AppData\\Local\\lanspread\\task.xml");
  const runs = (present: string | undefined) =>
    manager.install({ ...setup, present }).steps.flatMap((step) =>
      step.kind === "run" ? [[step.program, ...step.args].join(" ")] : []
    );
  const create = `schtasks /Create /TN lanspread /XML ${file} /F`;
  assertEquals(runs(undefined), [create, "schtasks /End /TN lanspread", "schtasks /Run /TN lanspread"]);
  assertEquals(runs(taskXml(setup, "PARTY\\Ann & Bob", LOG)), [create, "schtasks /Run /TN lanspread"]);
  const write = manager.install(setup).steps.find((step) => step.kind === "write" && step.path === file);
  assertEquals(write?.kind === "write" && write.encoding, "utf-16");
});

Deno.test("the state is read in words that no language changes", () => {
  const read = (stdout: string, success = true) => manager.readState({ success, stdout, stderr: "" });
  assertEquals([read("Running\r\n").is_running, read("Ready\r\n").is_running], [true, false]);
  assertEquals([read("Ready\r\n").is_installed, read("", false).is_installed], [true, false]);
  assertStringIncludes(manager.query("user").args.join(" "), "Get-ScheduledTask -TaskName lanspread");
});
