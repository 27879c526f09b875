import { fromFileUrl, join } from "../../../src/base/std/path.ts";
import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";
import { until, within } from "../../support/deadline.ts";
import { whyNoLan } from "../../support/lan.ts";
import { HostProcess } from "../../support/namespaces.ts";
import { formatted, withPart } from "../../support/made_part.ts";
import { leftOut } from "../../support/print.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { SCENARIOS } from "../matrix.ts";
import { LAST_RUN, lastRunText, MATRIX, scenariosText } from "./docs.ts";
import { isTestOf, scenarioFiles, scenariosIn } from "./found.ts";
import { parseJunit, type TestResult } from "./junit.ts";
import { judge, notRun, type Run } from "./outcome.ts";
import { resultTable, slowTests, summary } from "./table.ts";

const ROOT = fromFileUrl(new URL("../../../", import.meta.url));
const FOLDER = join(ROOT, "tests", "scenarios");
const no_lan = leftOut("a scenario in the lab of namespaces", await whyNoLan());

const [S1, S2] = SCENARIOS;
if (!S1 || !S2) throw new Error("the matrix is empty");

/** Runs `deno task scenarios` on tests of its own; all that it writes lies in `dir`. */
async function runOn(
  dir: TempDir,
  tests: Record<string, string>,
  ...args: string[]
): Promise<[code: number, text: string]> {
  for (const [name, source] of Object.entries(tests)) await dir.write(`tests/${name}`, source);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(FOLDER, "run.ts"), "--folder", await dir.mkdir("tests"), ...args],
    cwd: ROOT,
    env: { TMPDIR: await dir.mkdir("tmp") },
  }).output();
  return [code, new TextDecoder().decode(stdout)];
}

/** The namespaces that are there. */
function namespaces(): string[] {
  return [...Deno.readDirSync("/run/netns")].map(({ name }) => name);
}

/** A source that can import what supports the tests. */
function source(body: string): string {
  const support = new URL("../../support/", import.meta.url).href;
  return `import { evidence } from "${support}evidence.ts";
import { LAB_HOSTS, TEST_ADDRESS } from "${support}lab.ts";
void [evidence, LAB_HOSTS, TEST_ADDRESS];
${body}`;
}

Deno.test("the matrix holds S1 to S47, each with a test, and no test is of another scenario", async () => {
  const files = await scenarioFiles(FOLDER);
  const ids = SCENARIOS.map(({ id }) => id);
  assertEquals(ids, Array.from({ length: 47 }, (_, i) => `S${i + 1}`));
  assertEquals(ids.filter((id) => !files.has(id)), []);
  assertEquals([...files.keys()].filter((id) => !ids.includes(id)), []);
  for (const path of SCENARIOS.flatMap(({ also = [] }) => also)) await Deno.stat(join(ROOT, "tests", path));
});

Deno.test("docs/SCENARIOS.md is what `deno task scenarios --docs` makes of the matrix", async () => {
  const doc = await Deno.readTextFile(join(ROOT, "docs", "SCENARIOS.md"));
  const part = scenariosText(SCENARIOS, await scenarioFiles(FOLDER));
  assertEquals(doc, await formatted(withPart(doc, MATRIX, part), ROOT));
});

Deno.test("the scenarios' part of a document is replaced, and nothing else of it", () => {
  const first = withPart("# Before\n", MATRIX, "one\n");
  const second = withPart(`${first}## After\n`, MATRIX, "two\n");
  assertStringIncludes(first, "one");
  assert(second.startsWith("# Before\n") && second.endsWith("## After\n"));
  assert(second.includes("two") && !second.includes("one"));
  const both = withPart(second, LAST_RUN, lastRunText([notRun(S1, "loopback", "not here", "no reason")]));
  assert(both.includes("two") && both.includes("loopback: 1 not here"));
});

Deno.test("a test is of the scenarios that its name begins with", () => {
  const found = scenariosIn('Deno.test("S4, S5: a game", f);\nconst a = `S12: ${b}`; // S9: "no S3: either"');
  assertEquals([...found], ["S4", "S5", "S12"]);
  const names = ["S1: a", "S14: a", "S4, S1: a", "a S1: b", "S1, S2 with an engine"];
  assertEquals(names.filter((name) => isTestOf("S1", name)), ["S1: a", "S4, S1: a"]);
});

Deno.test("a report of results is read with what was left out and what failed", () => {
  const results = parseJunit(`<testsuite>
    <testcase name="S1: &quot;a&quot; &amp; b" classname="x" time="1.5" line="1"></testcase>
    <testcase name="S2: c" time="0.25"><failure message="name=&lt;no&gt;">Error</failure></testcase>
    <testcase name="S3: d" classname="x"><skipped/></testcase><testcase name="e" time="2"/></testsuite>`);
  assertEquals(results, [
    { name: 'S1: "a" & b', state: "passed", seconds: 1.5 },
    { name: "S2: c", state: "failed", seconds: 0.25 },
    { name: "S3: d", state: "left out", seconds: 0 },
    { name: "e", state: "passed", seconds: 2 },
  ]);
});

function runOf(results: TestResult[], more: Partial<Run> = {}): Run {
  return { code: 0, seconds: 1, results, evidence: [], text: "", timed_out: false, ...more };
}

function result(name: string, state: TestResult["state"]): TestResult {
  return { name, state, seconds: 1 };
}

Deno.test("a scenario passed only when its tests ran and the whole run ended well", () => {
  const passed = result("S1: a", "passed");
  const statusOf = (run: Run) => judge(S1, "loopback", run).status;
  assertEquals(statusOf(runOf([passed, result("S1: b", "left out")])), "passed");
  assertEquals(statusOf(runOf([])), "failed");
  assertEquals(statusOf(runOf([result("S2: a", "passed")])), "failed");
  assertEquals(statusOf(runOf([passed], { code: 1 })), "failed");
  assertEquals(statusOf(runOf([passed], { timed_out: true, code: 143 })), "failed");
  const left_out = judge(
    S1,
    "loopback",
    runOf([result("S1: a", "left out")], { text: "left out: x: no root\n" }),
  );
  assertEquals([left_out.status, left_out.reason], ["left out", "x: no root"]);
});

Deno.test("the table has a row a scenario, a column a lab, the evidence, reasons and logs", () => {
  const run = runOf([{ ...result("S1: a", "passed"), seconds: 9 }], {
    evidence: [{ meetings: 2, lost: "1 b" }],
  });
  const outcomes = [
    judge(S1, "loopback", run),
    notRun(S1, "namespaces", "not here", "no root"),
    { ...notRun(S2, "loopback", "failed", "it has no test"), log: "/x/S2.log" },
  ];
  const table = resultTable(outcomes, ["loopback", "namespaces"]).join("\n");
  for (const text of ["passed 1.0 s", "not here", S1.shows, "loopback: meetings 2 | lost 1 b", "no root"]) {
    assertStringIncludes(table, text);
  }
  assertStringIncludes(table, "log: /x/S2.log");
  assertEquals(summary(outcomes, ["loopback"]), ["loopback: 1 passed, 1 failed"]);
  assertEquals(slowTests(outcomes, 8), ["9.0 s  loopback  S1: a"]);
  assertEquals(slowTests(outcomes, 10), []);
});

Deno.test("scenarios that pass end with code 0, and their evidence is told", async () => {
  await using dir = await TempDir.make();
  const [code, text] = await runOn(dir, {
    "a_test.ts": source('Deno.test("S1: a", () => evidence({ meetings: 4711 }));'),
  }, ...["S1", "--lab", "loopback"]);
  assertEquals(code, 0, text);
  assertStringIncludes(text, "meetings 4711");
  assertStringIncludes(text, "loopback: 1 passed");
});

Deno.test("a scenario that fails ends with code 1, and what it printed is kept and named", async () => {
  await using dir = await TempDir.make();
  const body =
    'Deno.test("S1: a", () => {});\nDeno.test("S2: b", () => { throw new Error("far and wide"); });';
  const [code, text] = await runOn(dir, { "a_test.ts": body }, ...["S1", "S2", "--lab", "loopback"]);
  const [, log = ""] = /log: (.*)/.exec(text) ?? [];
  const kept = await Deno.readTextFile(log).catch(() => "");
  assertEquals(code, 1, text);
  assertStringIncludes(text, "loopback: 1 passed, 1 failed");
  assertStringIncludes(kept, "far and wide");
});

Deno.test("a scenario without a test ends with code 1, and a name that is none with code 2", async () => {
  await using dir = await TempDir.make();
  const [code, text] = await runOn(
    dir,
    { "a_test.ts": 'Deno.test("S1: a", () => {});' },
    "S2",
    "--lab",
    "loopback",
  );
  assertEquals(code, 1, text);
  assertStringIncludes(text, "it has no test");
  assertEquals((await runOn(dir, {}, "S48"))[0], 2);
});

Deno.test({
  name: "in the lab of namespaces the test and every peer have a host and an address of their own",
  ignore: no_lan,
  fn: async () => {
    await using dir = await TempDir.make();
    const body = `Deno.test("S1: a", async () => {
      const inside = (at) => new Deno.Command("ip", { args: ["-o", "-4", "addr", "show", "eth0"], ...at }).output();
      const told = new TextDecoder().decode((await inside({})).stdout);
      if (!told.includes(TEST_ADDRESS)) throw new Error(told);
      const [program, ...args] = LAB_HOSTS[1].wrapper;
      const { stdout } = await new Deno.Command(program, { args: [...args, "ip", "-o", "addr"] }).output();
      const there = new TextDecoder().decode(stdout);
      if (!there.includes(LAB_HOSTS[1].address) || there.includes(TEST_ADDRESS)) throw new Error(there);
      evidence({ hosts: LAB_HOSTS.length });
    });`;
    const [code, text] = await runOn(dir, { "a_test.ts": source(body) }, ...["S1", "--lab", "namespaces"]);
    assertEquals(code, 0, text);
    assertStringIncludes(text, "hosts 12");
  },
});

Deno.test({
  name: "a run that is interrupted leaves no namespace, no process and no folder behind",
  ignore: no_lan,
  fn: async () => {
    await using dir = await TempDir.make();
    const support = new URL("../../support/namespaces.ts", import.meta.url).href;
    const body = `import { Cable } from "${support}";
      Deno.test("S1: a", async () => {
        await using _cable = await Cable.lay();
        await Deno.writeTextFile("${dir.path}/pid", String(Deno.pid));
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    await dir.write("tests/a_test.ts", body);
    const temp = await dir.mkdir("tmp");
    const flags = ["--folder", dir.join("tests"), "S1", "--lab", "namespaces"];
    const env = ["env", `TMPDIR=${temp}`];
    await using run = new HostProcess([
      ...env,
      Deno.execPath(),
      "run",
      "-A",
      join(FOLDER, "run.ts"),
      ...flags,
    ]);
    // The file may be there before its content is.
    const told = () => Deno.readTextFile(dir.join("pid")).then((text) => text || undefined, () => undefined);
    const pid = await until("the test runs", told);
    const ours = (name: string) => [run.pid, pid].some((id) => name.startsWith(`lanspread-${id}-`));
    assert(namespaces().some(ours));
    run.signal("SIGINT");
    assertEquals(await within("the end of the run", run.exited()), 130);
    assertEquals(namespaces().filter(ours), []);
    assertEquals([...Deno.readDirSync(temp)], []);
    // Its parent may not have been told yet that it has ended.
    await until("the test is over", () => Deno.stat(`/proc/${pid}`).then(() => false, () => true));
  },
});
