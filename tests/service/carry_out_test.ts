/**
 * Plans carried out, and what people read when a step fails.
 *
 * @module
 */

import { carryOut, THIS_SYSTEM } from "../../src/service/carry_out.ts";
import { type Plan, renderPlan } from "../../src/service/plan.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { FakeSystem } from "../support/fake_system.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const TASK = { what: "install the service", rights: "run it with sudo" };
const { signal } = new AbortController();
const PLAN: Plan = {
  probe: { program: "systemctl", args: ["show"] },
  steps: [
    { kind: "make_folder", path: "/s", mode: 0o700 },
    { kind: "write", path: "/s/unit", text: "é", mode: 0o644 },
    { kind: "run", program: "systemctl", args: ["disable"], may_fail: true },
    { kind: "run", program: "systemctl", args: ["start", "a b"] },
    { kind: "remove", path: "/s/old" },
  ],
  notes: ["Done."],
};

Deno.test("the steps of a plan come in order, behind the probe", async () => {
  const system = new FakeSystem();
  system.answer = (command) => ({ success: command !== "systemctl disable" });
  await carryOut(PLAN, TASK, system, signal);
  assertEquals(system.done, [
    "run systemctl show",
    "make /s",
    "write /s/unit",
    "run systemctl disable",
    "run systemctl start a b",
    "remove /s/old",
  ]);
});

Deno.test("a step that needs another moment is tried again, and its last answer counts", async () => {
  const step = { kind: "run", program: "launchctl", args: ["bootstrap"], tries: 3 } as const;
  const plan: Plan = { ...PLAN, steps: [step] };
  const system = new FakeSystem();
  const succeedingAt = (count: number) => {
    let asked = 0;
    return (command: string) => ({
      success: command !== "launchctl bootstrap" || ++asked >= count,
      stderr: "busy",
    });
  };
  system.answer = succeedingAt(2);
  await carryOut(plan, TASK, system, signal);
  const [tried, waited] = ["run launchctl bootstrap", "wait 500 ms"];
  assertEquals(system.done, ["run systemctl show", tried, waited, tried]);
  system.answer = succeedingAt(4);
  const error = await assertRejects(() => carryOut(plan, TASK, system, signal), Error);
  assertStringIncludes(error.message, "launchctl bootstrap: busy");
  assertEquals(system.done.slice(4), ["run systemctl show", tried, waited, tried, waited, tried]);
});

Deno.test("a plan is shown with every file and every command, and no secret", () => {
  const secret = { kind: "write", path: "/s/c", text: "blue moon", mode: 0o600, is_secret: true } as const;
  const text = renderPlan({ ...PLAN, steps: [...PLAN.steps, secret] });
  for (
    const part of ["make   /s\n", "write  /s/unit\n       é\n", "run    systemctl start 'a b'\n", "Done."]
  ) {
    assertStringIncludes(text, part);
  }
  assert(!text.includes("blue moon"), text);
});

const FAILURES: [what: string, answer: FakeSystem["answer"], said: string][] = [
  [
    "without the platform's tool",
    () => new Deno.errors.NotFound("no"),
    "Cannot install the service: there is no systemctl on this machine",
  ],
  [
    "where systemd does not run",
    () => ({
      success: false,
      stderr: "System has not been booted with systemd as init system (PID 1).\nmore\n",
    }),
    "Cannot install the service: systemctl show: System has not been booted with systemd as init system (PID 1).; " +
    "systemd does not run here, or not for this user",
  ],
  [
    "without rights",
    (command) => command === "systemctl show" ? {} : { success: false, stderr: "Access denied\n" },
    "Cannot install the service: systemctl start a b: Access denied; run it with sudo",
  ],
];
for (const [what, answer, said] of FAILURES) {
  Deno.test(`${what} one sentence says so`, async () => {
    const system = new FakeSystem();
    system.answer = answer;
    const error = await assertRejects(() => carryOut(PLAN, TASK, system, signal), Error);
    assertEquals(error.message, said);
  });
}

Deno.test("nothing is touched where the probe fails", async () => {
  const system = new FakeSystem();
  system.answer = () => ({ success: false, stderr: "no" });
  await assertRejects(() => carryOut(PLAN, TASK, system, signal), Error);
  assertEquals(system.done, ["run systemctl show"]);
});

Deno.test("a file that may not be written is named with what gives the right", async () => {
  const system = new FakeSystem();
  system.refuse = (path) => path === "/s/unit" ? new Deno.errors.PermissionDenied("os error 13") : undefined;
  const error = await assertRejects(() => carryOut(PLAN, TASK, system, signal), Error);
  assertEquals(error.message, "Cannot install the service: /s/unit: permission denied; run it with sudo");
});

Deno.test("the real system writes whole files with their bits, twice the same, and removes what may be gone", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("a b/config.json");
  for (const text of ["one", "two"]) {
    await THIS_SYSTEM.makeFolder(dir.join("a b"), 0o700, undefined);
    await THIS_SYSTEM.write(path, new TextEncoder().encode(text), 0o600, undefined);
    assertEquals(await Deno.readTextFile(path), text);
  }
  if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  for (let times = 0; times < 2; times++) await THIS_SYSTEM.remove(path);
  assertEquals(await Array.fromAsync(Deno.readDir(dir.join("a b"))), []);
});

const no_root = Deno.build.os === "windows" || Deno.uid() !== 0 ? "giving files away needs root" : undefined;
Deno.test(
  "a file is given away without following a link to another one",
  { ignore: leftOut("owners of files", no_root) },
  async () => {
    await using dir = await TempDir.make();
    const secret = await dir.mkdir("secret");
    await Deno.symlink(secret, dir.join("folder"));
    const owner = { uid: 65_534, gid: 65_534 };
    // Everything below it would be somebody else's.
    await assertRejects(() => THIS_SYSTEM.makeFolder(dir.join("folder"), 0o700, owner), Error, "is a link");
    assertEquals([(await Deno.lstat(secret)).uid, (await Deno.lstat(dir.join("folder"))).uid], [0, 0]);
    await THIS_SYSTEM.makeFolder(dir.join("own"), 0o700, owner);
    assertEquals((await Deno.lstat(dir.join("own"))).uid, 65_534);
    await THIS_SYSTEM.write(dir.join("file"), new Uint8Array(), 0o600, owner);
    assertEquals((await Deno.lstat(dir.join("file"))).uid, 65_534);
  },
);

Deno.test(
  "only the folder itself is made for its owner alone, and not those above it",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await using dir = await TempDir.make();
    await THIS_SYSTEM.makeFolder(dir.join("data/lanspread"), 0o700, undefined);
    const bits = async (path: string) => ((await Deno.stat(dir.join(path))).mode ?? 0) & 0o777;
    assertEquals([await bits("data"), await bits("data/lanspread")], [0o777 & ~Deno.umask(), 0o700]);
  },
);

Deno.test("a text for Windows is UTF-16 with its mark", async () => {
  const system = new FakeSystem();
  const step = { kind: "write", path: "t", text: "aé", mode: 0o644, encoding: "utf-16" } as const;
  await carryOut({ ...PLAN, steps: [step] }, TASK, system, signal);
  assertEquals([...system.files.get("t")?.bytes ?? []], [0xff, 0xfe, 0x61, 0, 0xe9, 0]);
});
