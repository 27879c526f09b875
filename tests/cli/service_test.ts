/**
 * `lanspread service` on a machine of straw.
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import { RUN_FLAGS } from "../../src/cli/command_table.ts";
import { runService, type ServiceContext } from "../../src/cli/service.ts";
import { configText } from "../../src/cli/service_config.ts";
import { readSettings } from "../../src/cli/settings.ts";
import { dirname, resolve } from "../../src/base/std/path.ts";
import { createSystemd } from "../../src/service/systemd.ts";
import { managerOf } from "../../src/service/managers.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { FakeSystem } from "../support/fake_system.ts";
import { leftOut } from "../support/print.ts";
import { Printed } from "../support/printed.ts";
import { TempDir } from "../support/temp_dir.ts";

/** A home with a folder of games, and a systemd of straw. */
class Desk implements AsyncDisposable {
  readonly system = new FakeSystem();

  private constructor(readonly dir: TempDir, readonly game_dir: string) {}

  static async make(): Promise<Desk> {
    const dir = await TempDir.make();
    return new Desk(dir, await dir.mkdir("my games"));
  }

  get state_dir(): string {
    return this.dir.join(".local/state/lanspread");
  }

  async run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = (name: string) =>
      ({ HOME: this.dir.path, LANSPREAD_NAME: "of the shell", LANSPREAD_STATE_DIR: "/elsewhere" })[name];
    const context: ServiceContext = {
      manager: createSystemd({ home: this.dir.path, config_home: undefined }),
      system: this.system,
      program: ["/usr/local/bin/lanspread"],
      os: "linux",
      env,
    };
    using printed = new Printed();
    const code = await runService(args, context);
    return { code, out: printed.out, err: printed.err };
  }

  config(): unknown {
    const { bytes } = this.system.files.get(`${this.state_dir}/config.json`) ?? { bytes: new Uint8Array() };
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dir[Symbol.asyncDispose]();
  }
}

const linux_only = {
  ignore: leftOut("services of systemd", Deno.build.os === "windows" ? "Windows" : undefined),
};

Deno.test(
  "install writes settings that only this user reads, and a unit without a passphrase",
  linux_only,
  async () => {
    await using desk = await Desk.make();
    const { code, out, err } = await desk.run(
      ...["install", "--game-dir", desk.game_dir, "--party", "blue moon", "--interface", "127.0.0.1"],
      ...["--no-install", "--http-port", "0"],
    );
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "journalctl --user -u lanspread");
    assertEquals(desk.config(), {
      game_dir: desk.game_dir,
      interface: ["127.0.0.1"],
      party: "blue moon",
      http_port: "0",
      install: false,
    });
    assertEquals(desk.system.files.get(`${desk.state_dir}/config.json`)?.mode, 0o600);
    const unit = desk.system.files.get(desk.dir.join(".config/systemd/user/lanspread.service"));
    const text = new TextDecoder().decode(unit?.bytes);
    assertStringIncludes(text, `"--state-dir=${desk.state_dir}"`);
    assert(!text.includes("blue moon") && !text.includes("of the shell"), text);
  },
);

Deno.test(
  "installing once more starts anew what runs where a setting is another one",
  linux_only,
  async () => {
    await using desk = await Desk.make();
    const install = async (...more: string[]) => {
      desk.system.done.length = 0;
      assertEquals((await desk.run("install", "--game-dir", desk.game_dir, ...more)).code, 0);
      for (const [path, { bytes }] of desk.system.files) {
        await Deno.mkdir(dirname(path), { recursive: true });
        await Deno.writeFile(path, bytes);
      }
      return desk.system.done.at(-1);
    };
    const [started, anew] = ["start", "restart"].map((word) =>
      `run systemctl --user ${word} lanspread.service`
    );
    assertEquals(await install(), anew);
    assertEquals(await install(), started);
    assertEquals(await install("--party", "blue moon"), anew);
    assertEquals(await install(), started);
  },
);

Deno.test("a service of the machine logs to no file that it may not write", linux_only, async () => {
  await using desk = await Desk.make();
  if (Deno.uid() === 0) await Deno.chown(desk.game_dir, 1000, 1000);
  const state_dir = desk.dir.join("state");
  const install = (log_file: string, ...more: string[]) =>
    desk.run(
      ...["install", ...more, "--dry-run", "--game-dir", desk.game_dir, "--state-dir", state_dir],
      ...["--log-file", log_file],
    );
  await assertRejects(() => install("/var/log/lanspread.log", "--system"), LanspreadError, "--log-file");
  for (const inside of [desk.game_dir, state_dir]) {
    assertEquals((await install(`${inside}/lanspread.log`, "--system")).code, 0);
  }
  assertEquals((await install("/var/log/lanspread.log")).code, 0);
});

Deno.test("status names the log file that was chosen, as long as it is", linux_only, async () => {
  await using desk = await Desk.make();
  const log_file = desk.dir.join("my log.txt");
  const flags = ["--game-dir", desk.game_dir, "--state-dir", desk.dir.join("state")];
  const told = `its log: journalctl --user -u lanspread; tail -f '${log_file}'\n`;
  assertStringIncludes((await desk.run("install", ...flags, "--log-file", log_file)).out, told);
  for (const [path, { bytes }] of desk.system.files) {
    await desk.dir.write(path.slice(desk.dir.path.length), bytes);
  }
  desk.system.answer = () => ({ stdout: "LoadState=loaded\nActiveState=failed\nSubState=failed\n" });
  assertStringIncludes((await desk.run("status")).out, told);
  const config = `${desk.dir.join("state")}/config.json`;
  await Deno.writeTextFile(config, JSON.stringify({ game_dir: desk.game_dir }));
  assertStringIncludes((await desk.run("status")).out, "its log: journalctl --user -u lanspread\n");
});

Deno.test("a log file in a folder that is not there is refused", linux_only, async () => {
  await using desk = await Desk.make();
  const install = (log_file: string) =>
    desk.run("install", "--game-dir", desk.game_dir, "--log-file", log_file);
  const folder = desk.dir.join("logs");
  await assertRejects(() => install(`${folder}/x.log`), LanspreadError, `${folder} is not a folder`);
  assertEquals((await install(`${desk.state_dir}/x.log`)).code, 0);
});

Deno.test("--dry-run shows all of it and does nothing", linux_only, async () => {
  await using desk = await Desk.make();
  const { code, out } = await desk.run(
    "install",
    "--dry-run",
    "--game-dir",
    desk.game_dir,
    "--party",
    "blue moon",
  );
  assertEquals([code, desk.system.done], [0, []]);
  for (const part of ["ExecStart=", "systemctl --user enable", "config.json"]) {
    assertStringIncludes(out, part);
  }
  assert(!out.includes("blue moon"), out);
});

Deno.test(
  "installing again keeps the settings that were there, and takes what is new",
  linux_only,
  async () => {
    await using desk = await Desk.make();
    const before = { game_dir: desk.game_dir, party: "blue moon", name: "old" };
    await desk.dir.write(".local/state/lanspread/config.json", `\ufeff${JSON.stringify(before)}`);
    assertEquals((await desk.run("install", "--name", "new")).code, 0);
    assertEquals(desk.config(), { ...before, name: "new" });
  },
);

const WRONG: [args: string[], said: string][] = [
  [[], "install|uninstall|status"],
  [["remove"], "install|uninstall|status"],
  [["status", "--game-dir", "/x"], "--game-dir"],
  [["uninstall", "--force"], "--force"],
  [["install"], "--game-dir is missing"],
  [["install", "--game-dir", "/no/such/folder"], "is not a folder"],
  [["install", "--game-dir", "/usr", "--port", "http"], "--port"],
  [["install", "--verbose"], "--verbose"],
];
for (const [args, said] of WRONG) {
  Deno.test(`lanspread service ${args.join(" ")} is wrong usage`, linux_only, async () => {
    await using desk = await Desk.make();
    const error = await assertRejects(() => desk.run(...args), LanspreadError);
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, said);
    assertEquals(desk.system.done, []);
  });
}

const no_root = Deno.build.os === "windows" || Deno.uid() !== 0
  ? "giving folders away needs root"
  : undefined;
Deno.test(
  "a service of the machine runs as the owner of the games, and never as root",
  { ignore: leftOut("services of the machine", no_root) },
  async () => {
    await using desk = await Desk.make();
    const asked = ["install", "--system", "--dry-run", "--game-dir", desk.game_dir];
    await Deno.chown(desk.game_dir, 0, 0);
    const error = await assertRejects(() => desk.run(...asked), LanspreadError);
    assertStringIncludes(error.message, "belongs to root");
    await Deno.chown(desk.game_dir, 1234, 1235);
    const { out } = await desk.run(...asked);
    for (const part of ["User=1234\n", "Group=1235\n", "/var/lib/lanspread/config.json"]) {
      assertStringIncludes(out, part);
    }
  },
);

Deno.test(
  "settings behind a link are not given to the owner of the games",
  { ignore: leftOut("services of the machine", no_root) },
  async () => {
    await using desk = await Desk.make();
    await Deno.chown(desk.game_dir, 1234, 1235);
    const secret = await desk.dir.write("secret.json", JSON.stringify({ party: "blue moon" }));
    const config = desk.dir.join("state/config.json");
    await desk.dir.mkdir("state");
    await Deno.symlink(secret, config);
    const flags = ["--game-dir", desk.game_dir, "--state-dir", desk.dir.join("state")];
    await assertRejects(
      () => desk.run("install", "--system", ...flags),
      LanspreadError,
      `${config} is a link`,
    );
    assertEquals(desk.system.done, []);
  },
);

Deno.test("a user's own settings may be a link, which stays", linux_only, async () => {
  await using desk = await Desk.make();
  const real = await desk.dir.write("elsewhere.json", JSON.stringify({ party: "blue moon" }));
  await desk.dir.mkdir("state");
  await Deno.symlink(real, desk.dir.join("state/config.json"));
  const flags = ["--game-dir", desk.game_dir, "--state-dir", desk.dir.join("state")];
  assertEquals((await desk.run("install", ...flags)).code, 0);
  assert(desk.system.files.has(real) && !desk.system.files.has(desk.dir.join("state/config.json")));
});

Deno.test("status tells people and programs, by its exit code too", linux_only, async () => {
  await using desk = await Desk.make();
  const told = "MainPID=12\nNRestarts=1\nLoadState=loaded\nActiveState=active\nSubState=running\n";
  desk.system.answer = () => ({ stdout: told });
  const { code, out } = await desk.run("status");
  assertEquals(
    [code, out],
    [0, "lanspread runs (by systemd, pid 12, restarts: 1); its log: journalctl --user -u lanspread\n"],
  );
  const { is_running, pid, restarts, scope } = JSON.parse((await desk.run("status", "--json")).out);
  assertEquals([is_running, pid, restarts, scope], [true, 12, 1, "user"]);
  desk.system.answer = () => ({ stdout: "LoadState=not-found\nActiveState=inactive\n" });
  assertEquals(await desk.run("status"), {
    code: 1,
    out: "lanspread is not installed as a service\n",
    err: "",
  });
  desk.system.answer = () => ({ stdout: "LoadState=loaded\nActiveState=failed\nSubState=failed\n" });
  assertStringIncludes((await desk.run("status")).out, "is installed and does not run: failed; its log:");
});

Deno.test("a machine without systemd is told in one line, with exit code 1", linux_only, async () => {
  await using desk = await Desk.make();
  desk.system.answer = () => new Deno.errors.NotFound("x");
  for (const args of [["install", "--game-dir", desk.game_dir], ["uninstall"], ["status"]]) {
    const { code, out, err } = await desk.run(...args);
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(err, "there is no systemctl on this machine");
    assertEquals(err.trimEnd().split("\n").length, 1);
  }
});

Deno.test("the settings that install writes are those that run reads", linux_only, async () => {
  await using dir = await TempDir.make();
  const args = [
    "--game-dir",
    dir.path,
    "--name",
    "ann",
    "--port",
    "5000",
    "--quic",
    "deno",
    "--limit-up",
    "20M",
  ];
  const more = ["--interface", "127.0.0.1", "--interface", "127.0.0.2", "--log", "debug", "--no-install"];
  const log = ["--log-file", "peer.log"];
  const given = [
    ...args,
    ...more,
    ...log,
    "--catalog",
    dir.join("c.json"),
    "--party=--odd",
    "--http-port",
    "1",
  ];
  const config = configText(given, RUN_FLAGS, undefined);
  // A service runs in a folder of its own.
  assertEquals(JSON.parse(config).log_file, resolve("peer.log"));
  await dir.write("state/config.json", config);
  const state_dir = await dir.mkdir("state");
  const elsewhere = ["--state-dir", state_dir, "--game-dir", await dir.mkdir("games")];
  const read = (args: string[]) => readSettings({ args, env: () => undefined, has_control: true });
  const [by_file, by_flags] = [await read(elsewhere), await read([...given, ...elsewhere])];
  assertEquals({ ...by_file, set_by: {} }, { ...by_flags, set_by: {} });
  // What the file says can be changed for good while it runs.
  assertEquals(by_file.set_by, { game_dir: "--game-dir" });
});

Deno.test("each platform has its services, and others are named", () => {
  const names = { HOME: "/h", USERNAME: "ann", LOCALAPPDATA: "C:\\l", ProgramData: "C:\\p" };
  const env = (name: string) => Object.entries(names).find(([key]) => key === name)?.[1];
  const machine = { env, uid: 1 };
  const systems = ["linux", "darwin", "windows"] as const;
  assertEquals(systems.map((os) => managerOf({ ...machine, os }).name), [
    ...["systemd", "launchd", "the Task Scheduler"],
  ]);
  assertThrows(() => managerOf({ ...machine, os: "freebsd" }), LanspreadError, "freebsd");
  assertThrows(() => managerOf({ os: "linux", env: () => undefined, uid: 1 }), LanspreadError, "HOME");
});
