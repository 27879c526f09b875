import { LanspreadError } from "../../src/base/errors.ts";
import { readSettings } from "../../src/cli/settings.ts";
import { resolve } from "../../src/base/std/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

type Env = Record<string, string>;

/** Settings from these flags, beside a game and a state directory. */
function read(dir: TempDir, args: string[] = [], env: Env = {}) {
  return readSettings({
    args: ["--game-dir", dir.join("games"), "--state-dir", dir.join("state"), ...args],
    env: (name) => env[name],
  });
}

async function refused(reading: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => reading, LanspreadError);
  assertEquals(error.code, "usage");
  assert(!error.message.includes("\n"), error.message);
  return error.message;
}

Deno.test("without anything but a game directory every setting has its default", async () => {
  await using dir = await TempDir.make();
  const { name, ...others } = await read(dir);
  assert(name.length > 0);
  assertEquals(others, {
    game_dir: dir.join("games"),
    state_dir: dir.join("state"),
    interfaces: [],
    port: undefined,
    http_port: undefined,
    quic: "auto",
    party: "",
    catalog: undefined,
    install: true,
    limit_up: undefined,
    limit_down: undefined,
    log: "warning",
    log_file: undefined,
    is_game_dir_missing: false,
    is_confined: false,
    is_early: false,
    open: false,
    set_by: { game_dir: "--game-dir" },
  });
});

Deno.test("what wins over config.json at the start is told with the flag or variable that says it", async () => {
  await using dir = await TempDir.make();
  await dir.write("state/config.json", JSON.stringify({ name: "from the file", limit_down: "5M" }));
  const { set_by } = await read(dir, ["--limit-up", "1M", "--no-install"], { LANSPREAD_PARTY: "blue moon" });
  assertEquals(set_by, {
    game_dir: "--game-dir",
    party: "LANSPREAD_PARTY",
    install: "--no-install",
    limit_up: "--limit-up",
  });
});

Deno.test("a service that is shut in knows it from its unit", async () => {
  await using dir = await TempDir.make();
  assertEquals((await read(dir, [], { LANSPREAD_CONFINED: "yes" })).is_confined, true);
  assertEquals((await read(dir, [], { LANSPREAD_IS_EARLY: "yes" })).is_early, true);
});

Deno.test("whoever has a page needs no game folder at the start", async () => {
  await using dir = await TempDir.make();
  const sources = { args: ["--state-dir", dir.join("state"), "--open"], env: () => undefined };
  const settings = await readSettings({ ...sources, has_page: true });
  assertEquals([settings.game_dir, settings.is_game_dir_missing, settings.open], [
    dir.join("state", "no_game_folder"),
    true,
    true,
  ]);
  assertStringIncludes(
    await refused(readSettings({ ...sources, args: ["--state-dir", dir.join("state")] })),
    "--game-dir",
  );
});

Deno.test("a flag wins over the environment, and that over the file", async () => {
  await using dir = await TempDir.make();
  const config = { name: "file", port: 1, party: "file", log: "error", install: false, quic: "deno" };
  await dir.write("state/config.json", JSON.stringify(config));
  const env = { LANSPREAD_NAME: "env", LANSPREAD_PORT: "2", LANSPREAD_PARTY: "env" };
  const { name, port, party, log, install, quic } = await read(dir, ["--name", "flag", "--port=3"], env);
  assertEquals({ name, port, party, log, install, quic }, {
    name: "flag",
    port: 3,
    party: "env",
    log: "error",
    install: false,
    quic: "deno",
  });
});

Deno.test("the state directory of the environment is where the file is looked for", async () => {
  await using dir = await TempDir.make();
  await dir.write("mine/config.json", JSON.stringify({ game_dir: "/my/games" }));
  const env: Env = { LANSPREAD_STATE_DIR: dir.join("mine") };
  const settings = await readSettings({ args: [], env: (name) => env[name] });
  assertEquals([settings.state_dir, settings.game_dir], [dir.join("mine"), resolve("/my/games")]);
});

Deno.test("paths become absolute", async () => {
  await using dir = await TempDir.make();
  const settings = await read(dir, ["--game-dir", "games", "--catalog", "party.json"]);
  assertEquals([settings.game_dir, settings.catalog], [resolve("games"), resolve("party.json")]);
});

Deno.test("--interface may be repeated, be a list in the environment and an array in the file", async () => {
  await using dir = await TempDir.make();
  const both = ["192.168.1.20", "10.0.0.1"];
  const flags = both.flatMap((ip) => ["--interface", ip]);
  assertEquals((await read(dir, flags)).interfaces, both);
  assertEquals((await read(dir, [], { LANSPREAD_INTERFACE: both.join(",") })).interfaces, both);
  await dir.write("state/config.json", JSON.stringify({ interface: both }));
  assertEquals((await read(dir)).interfaces, both);
  assertEquals((await read(dir, ["--interface", "10.0.0.9"])).interfaces, ["10.0.0.9"]);
});

Deno.test("--no-install switches the install off, against the environment too", async () => {
  await using dir = await TempDir.make();
  assertEquals((await read(dir, ["--no-install"])).install, false);
  assertEquals((await read(dir, ["--no-install"], { LANSPREAD_NO_INSTALL: "false" })).install, false);
  for (const yes of ["true", "1"]) {
    assertEquals((await read(dir, [], { LANSPREAD_NO_INSTALL: yes })).install, false);
  }
  assertEquals((await read(dir, [], { LANSPREAD_NO_INSTALL: "0" })).install, true);
});

Deno.test("an empty passphrase is the open party, against the environment too", async () => {
  await using dir = await TempDir.make();
  const env = { LANSPREAD_PARTY: "secret" };
  assertEquals((await read(dir, ["--party", ""], env)).party, "");
  assertEquals((await read(dir, ["--party="], env)).party, "");
});

Deno.test("an empty variable is as good as none", async () => {
  await using dir = await TempDir.make();
  assertEquals((await read(dir, [], { LANSPREAD_PORT: "", LANSPREAD_LOG: "" })).port, undefined);
});

const WRONG: Record<string, string> = {
  "game-dir": "",
  "state-dir": "",
  "name": "two\nlines",
  "interface": "localhost",
  "port": "65536",
  "quic": "quiche",
  "party": "x".repeat(1_025),
  "catalog": "",
  "log": "loud",
  "limit-up": "fast",
  "limit-down": "20MB",
};
for (const [flag, value] of Object.entries(WRONG)) {
  const variable = `LANSPREAD_${flag.replaceAll("-", "_").toUpperCase()}`;
  const key = flag.replaceAll("-", "_");
  Deno.test(`a wrong --${flag} names the flag, the variable or the file`, async () => {
    await using dir = await TempDir.make();
    assertStringIncludes(await refused(read(dir, [`--${flag}`, value])), `--${flag}`);
    if (flag.endsWith("-dir")) return;
    if (value !== "") {
      assertStringIncludes(await refused(read(dir, [], { [variable]: value })), variable);
    }
    const path = await dir.write("state/config.json", JSON.stringify({ [key]: value }));
    const message = await refused(read(dir));
    assertStringIncludes(message, path);
    assertStringIncludes(message, key);
  });
}

for (const port of ["-1", "1.5", "0x10", "", "http", "100000", " 1"]) {
  Deno.test(`--port=${JSON.stringify(port)} is refused`, async () => {
    await using dir = await TempDir.make();
    await refused(read(dir, ["--port", port]));
  });
}

Deno.test("port 0 and 65535 are ports", async () => {
  await using dir = await TempDir.make();
  for (const port of [0, 65_535]) assertEquals((await read(dir, ["--port", String(port)])).port, port);
});

Deno.test("an unknown flag and a stray word are refused by name", async () => {
  await using dir = await TempDir.make();
  for (const arg of ["--verbose", "--gamedir=/x", "-v", "games", "--install"]) {
    assertStringIncludes(await refused(read(dir, [arg])), arg.split("=")[0] ?? arg);
  }
});

Deno.test("a missing game directory is said in words", async () => {
  await using dir = await TempDir.make();
  const reading = readSettings({ args: ["--state-dir", dir.path], env: () => undefined });
  assertStringIncludes(await refused(reading), "--game-dir");
});

const BROKEN: [text: string, ...words: string[]][] = [
  ["{", "JSON"],
  ["[]", "config.json"],
  ['"text"', "config.json"],
  ['{"nmae": "x"}', "nmae"],
  ['{"name": {}}', "name"],
  ['{"interface": [1]}', "interface"],
  ['{"port": "http"}', "port"],
  ['{"install": "maybe"}', "install"],
];
for (const [text, ...words] of BROKEN) {
  Deno.test(`a config.json that holds ${text} is refused, and its error names the place`, async () => {
    await using dir = await TempDir.make();
    const path = await dir.write("state/config.json", text);
    const message = await refused(read(dir));
    for (const word of [path, ...words]) assertStringIncludes(message.replaceAll("config.json:", ""), word);
  });
}

Deno.test("a config.json with a byte order mark is read", async () => {
  await using dir = await TempDir.make();
  await dir.write("state/config.json", '\ufeff{"name": "notepad"}');
  assertEquals((await read(dir)).name, "notepad");
});

const RATES: Record<string, number | undefined> = {
  ...{
    "off": undefined,
    "0": undefined,
    "10240": 10_240,
    "1073741824": 1024 ** 3,
    "1024G": 1024 ** 4,
    "10K": 10_240,
    "500k": 512_000,
  },
  ...{ "20M": 20 * 1024 ** 2, "1.5G": 1.5 * 1024 ** 3, "0.25m": 256 * 1024 },
};
for (const [text, rate] of Object.entries(RATES)) {
  Deno.test(`--limit-up ${text} is ${rate ?? "no limit"}`, async () => {
    await using dir = await TempDir.make();
    assertEquals((await read(dir, ["--limit-up", text])).limit_up, rate);
    assertEquals((await read(dir, [], { LANSPREAD_LIMIT_DOWN: text })).limit_down, rate);
  });
}

Deno.test("a limit of the file is overruled by the environment, and that by off on the command line", async () => {
  await using dir = await TempDir.make();
  await dir.write("state/config.json", JSON.stringify({ limit_up: "1M", limit_down: 2_097_152 }));
  const env = { LANSPREAD_LIMIT_UP: "3M" };
  const limits = async (args: string[], env: Env = {}) => {
    const { limit_up, limit_down } = await read(dir, args, env);
    return [limit_up, limit_down];
  };
  assertEquals(await limits([]), [1024 ** 2, 2 * 1024 ** 2]);
  assertEquals(await limits([], env), [3 * 1024 ** 2, 2 * 1024 ** 2]);
  assertEquals(await limits(["--limit-up=off", "--limit-down", "0"], env), [undefined, undefined]);
});

for (
  const rate of [
    "",
    "M",
    "-1M",
    "20 M",
    "1e6",
    "20MiB",
    "80mbit",
    "20",
    "9K",
    "10239",
    "0.0",
    "0K",
    "Infinity",
    "none",
    "1025G",
    "9999999999999G",
  ]
) {
  Deno.test(`--limit-up ${JSON.stringify(rate)} is refused in one line`, async () => {
    await using dir = await TempDir.make();
    assertStringIncludes(await refused(read(dir, [`--limit-up=${rate}`])), "--limit-up");
  });
}
