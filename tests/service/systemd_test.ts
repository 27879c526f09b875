/**
 * Units of systemd and what is done with them.
 *
 * @module
 */

import { createSystemd } from "../../src/service/systemd.ts";
import type { Scope } from "../../src/service/setup.ts";
import { unitText } from "../../src/service/systemd_unit.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { leftOut, print } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { setupWith } from "./setups.ts";

const manager = createSystemd({ home: "/home/a", config_home: undefined });

/** The settings of a unit, by name. */
function linesOf(unit: string): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const [, name = "", value = ""] of unit.matchAll(/^([A-Za-z]+)=(.*)$/gm)) {
    lines.set(name, [...lines.get(name) ?? [], value]);
  }
  return lines;
}

Deno.test("a user's unit starts the program again after a failure, and leaves launched games alone", () => {
  const lines = linesOf(unitText(setupWith({ state_dir: "/home/a/my $tate 100%" })));
  assertEquals(lines.get("ExecStart"), [
    '"/usr/local/bin/lanspread" "run" "--state-dir=/home/a/my $$tate 100%%"',
  ]);
  assertEquals(lines.get("Restart"), ["on-failure"]);
  assertEquals(lines.get("RestartPreventExitStatus"), ["2"]);
  assertEquals(lines.get("TimeoutStopSec"), ["10"]);
  assertEquals(lines.get("KillMode"), ["process"]);
  assertEquals(lines.get("Environment"), ["LANSPREAD_IS_EARLY=yes"]);
  assertEquals(lines.get("WantedBy"), ["default.target"]);
});

const SHUT_IN: Record<string, string> = {
  User: "1000",
  Group: "1001",
  ProtectSystem: "strict",
  ReadWritePaths: String.raw`"/var/lib/lanspread" "/srv/my games/100%% \"fun\" $HOME \\o/"`,
  Environment: "LANSPREAD_CONFINED=yes",
  ProtectHome: "yes",
  PrivateTmp: "yes",
  NoNewPrivileges: "yes",
  CapabilityBoundingSet: "",
  LockPersonality: "yes",
  RestrictAddressFamilies: "AF_INET AF_INET6 AF_NETLINK AF_UNIX",
  WantedBy: "multi-user.target",
};

Deno.test("a unit of the machine is shut in, and runs as the owner of the games", () => {
  const unit = unitText(setupWith({ scope: "system" }));
  const lines = linesOf(unit);
  for (const [name, value] of Object.entries(SHUT_IN)) assertEquals(lines.get(name), [value], name);
  assertEquals(lines.get("SystemCallFilter"), ["@system-service @pkey", "~@privileged"]);
  assert(!lines.has("MemoryDenyWriteExecute"), "V8 could not compile");
  assertStringIncludes(unit, "# MemoryDenyWriteExecute= is not possible");
});

Deno.test("a unit of the machine does not run in the group of root", () => {
  const unit = unitText(setupWith({ scope: "system", owner: { uid: 1000, gid: 0 } }));
  assertEquals([linesOf(unit).get("User"), linesOf(unit).get("Group")], [["1000"], undefined]);
});

Deno.test("what is needed stays reachable in a unit of the machine", () => {
  const cases: [Parameters<typeof setupWith>[0], home: string, temp: string][] = [
    [{}, "yes", "yes"],
    [{ game_dir: "/home/a/games" }, "read-only", "yes"],
    [{ program: ["/root/deno", "run"] }, "read-only", "yes"],
    [{ program: ["/usr/bin/deno", "run", "/home/a/main.ts"] }, "read-only", "yes"],
    [{ config: '{ "catalog": "/home/a/catalog.json" }' }, "read-only", "yes"],
    [{ game_dir: "/homes/games" }, "yes", "yes"],
    [{ game_dir: "/tmp/games" }, "yes", "no"],
    [{ state_dir: "/var/tmp" }, "yes", "no"],
  ];
  for (const [over, home, temp] of cases) {
    const lines = linesOf(unitText(setupWith({ scope: "system", ...over })));
    assertEquals([lines.get("ProtectHome"), lines.get("PrivateTmp")], [[home], [temp]], JSON.stringify(over));
  }
});

Deno.test("a path that no unit can hold is refused before anything is touched", () => {
  assertThrows(() => manager.install(setupWith({ scope: "system", game_dir: "/a\nb" })), Error, "rename it");
});

Deno.test("an installation writes the settings, then the unit, then starts it", () => {
  const { probe, steps } = manager.install(setupWith());
  assertEquals([probe.program, ...probe.args], ["systemctl", "--user", "show", "--property=Version"]);
  const shown = steps.map((step) => step.kind === "run" ? step.args.join(" ") : `${step.kind} ${step.path}`);
  assertEquals(shown, [
    "make_folder /var/lib/lanspread",
    "write /var/lib/lanspread/config.json",
    "write /home/a/.config/systemd/user/lanspread.service",
    "--user daemon-reload",
    "--user enable lanspread.service",
    "--user reset-failed lanspread.service",
    "--user restart lanspread.service",
  ]);
});

Deno.test("what an earlier user of the machine's service has left is given to the next one, by name", () => {
  const { steps } = manager.install(setupWith({ scope: "system", state_dir: "/s" }));
  const [chown] = steps.filter((step) => step.kind === "run" && step.program === "chown");
  assert(chown?.kind === "run" && chown.may_fail);
  assertEquals(chown.args.slice(0, 5), ["-R", "-h", "1000:1001", "--", "/s/peer.json"]);
  assert(!chown.args.includes("/s"));
  const given = (log_file: string) => {
    const { steps } = manager.install(setupWith({ scope: "system", state_dir: "/s", log_file }));
    return steps.flatMap((step) => step.kind === "run" && step.program === "chown" ? step.args : []);
  };
  assertEquals(given("/s/my.log").slice(-2), ["/s/my.log", "/s/my.log.1"]);
  for (const elsewhere of ["/state/my.log", "/srv/games/my.log"]) {
    assertEquals(given(elsewhere), chown.args);
  }
});

Deno.test("installing the same once more does not disturb what runs", () => {
  const setup = setupWith();
  const last = manager.install({ ...setup, present: unitText(setup) }).steps.at(-1);
  assertEquals(last?.kind === "run" && last.args, ["--user", "start", "lanspread.service"]);
});

Deno.test("the unit is where systemd looks for it", () => {
  assertEquals(manager.file("system"), "/etc/systemd/system/lanspread.service");
  const other = createSystemd({ home: "/home/a", config_home: "/home/a/.conf" });
  assertEquals(other.file("user"), "/home/a/.conf/systemd/user/lanspread.service");
  const relative = createSystemd({ home: "/home/a", config_home: "conf" });
  assertEquals(relative.file("user"), "/home/a/.config/systemd/user/lanspread.service");
});

Deno.test("the folder of a service is read back from its unit", () => {
  for (const state_dir of ["/s", '/a b/100% "$x" \\o/ %%s', "/$$/%h/\\"]) {
    assertEquals(manager.flags(unitText(setupWith({ state_dir }))), [`--state-dir=${state_dir}`]);
  }
  assertEquals(manager.flags(""), []);
});

Deno.test("uninstalling works where nothing is installed, and keeps games and settings", () => {
  const { steps, notes } = manager.uninstall("system");
  assertEquals(steps, [
    { kind: "run", program: "systemctl", args: ["disable", "--now", "lanspread.service"], may_fail: true },
    { kind: "remove", path: "/etc/systemd/system/lanspread.service" },
    { kind: "run", program: "systemctl", args: ["daemon-reload"] },
  ]);
  assertEquals(notes.length, 1);
});

Deno.test("the state is read from what systemctl shows", () => {
  const read = (stdout: string) => manager.readState({ success: true, stdout, stderr: "" });
  const running = "MainPID=12\nNRestarts=3\nLoadState=loaded\nActiveState=active\nSubState=running\n";
  assertEquals(read(running), {
    is_installed: true,
    is_running: true,
    state: "active (running)",
    pid: 12,
    restarts: 3,
  });
  const waiting = "MainPID=0\nNRestarts=1\nLoadState=loaded\nActiveState=activating\nSubState=auto-restart\n";
  assertEquals(read(waiting), {
    is_installed: true,
    is_running: false,
    state: "activating (auto-restart)",
    pid: undefined,
    restarts: 1,
  });
  const missing = "MainPID=0\nNRestarts=0\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n";
  assertEquals(read(missing).is_installed, false);
  const nobody = { success: false, stdout: "", stderr: "Failed to connect to bus: No medium found\n" };
  assertThrows(() => manager.readState(nobody), Error, "systemd does not run here");
});

/** Runs systemd-analyze, which reads units and starts none; `undefined` where it is missing. */
async function analyze(args: readonly string[], runtime_dir: string) {
  try {
    const env = { XDG_RUNTIME_DIR: runtime_dir, SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" };
    const command = new Deno.Command("systemd-analyze", { args: [...args], env, stdin: "null" });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  } catch {
    return undefined;
  }
}

const tool = Deno.build.os === "linux" ? await analyze(["--version"], "/") : undefined;
const version = Number(/systemd (\d+)/.exec(tool?.out ?? "")?.[1] ?? 0);
// Below 250 it can't look at a file alone.
const reason = version >= 250 ? undefined : "there is no systemd-analyze of systemd 250 or newer";
const ignore = leftOut("systemd-analyze", reason);

for (const scope of ["user", "system"] satisfies Scope[]) {
  Deno.test(`systemd-analyze verify accepts the unit of the ${scope}`, { ignore }, async () => {
    await using dir = await TempDir.make();
    // It looks whether the program is there.
    const setup = setupWith({ scope, program: ["/usr/bin/env"], state_dir: '/var/lib/100% $ub "q"' });
    const unit = await dir.write("lanspread.service", unitText(setup));
    const args = ["verify", `--${scope}`, "--man=no", "--recursive-errors=no", unit];
    assertEquals(await analyze(args, dir.path), { code: 0, out: "", err: "" });
  });
}

Deno.test("systemd-analyze security finds little that a unit of the machine may do", { ignore }, async () => {
  await using dir = await TempDir.make();
  const unit = await dir.write("lanspread.service", unitText(setupWith({ scope: "system" })));
  const answer = await analyze(["security", "--offline=true", "--no-pager", unit], dir.path);
  const [, exposure] = /Overall exposure level for lanspread.service: ([\d.]+)/.exec(answer?.out ?? "") ?? [];
  print(`exposure of the unit of the machine: ${exposure} of 10`);
  assert(Number(exposure) <= 2, answer?.out);
});
