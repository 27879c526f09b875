import {
  byHand,
  type CommandFacts,
  commandFor,
  findScripts,
  folderProblem,
  type Part,
  scriptName,
  type System,
  TERMINALS,
} from "../../src/install/launch_plan.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

type Found = [system: System, part: Part, names: string[], here?: string | undefined, elsewhere?: string];

const FOUND: Found[] = [
  ["linux", "game", ["game_start.sh"], "game_start.sh"],
  ["darwin", "game", ["game_start.sh"], "game_start.sh"],
  ["windows", "game", ["game_start.cmd"], "game_start.cmd"],
  ["windows", "game", ["game_start.bat", "game_start.cmd"], "game_start.cmd"],
  ["windows", "game", ["game_start.bat"], "game_start.bat"],
  ["windows", "game", ["GAME_Start.BAT"], "GAME_Start.BAT"],
  ["linux", "setup", ["Game_Setup.SH", "game_start.sh"], "Game_Setup.SH"],
  ["linux", "setup", ["GAME_SETUP.SH", "Game_Setup.sh"], "GAME_SETUP.SH"],
  ["linux", "setup", ["GAME_SETUP.SH", "game_setup.sh"], "game_setup.sh"],
  ["linux", "server", ["server_start.sh", "server_start.cmd"], "server_start.sh", "server_start.cmd"],
  ["linux", "game", ["game_start.cmd"], undefined, "game_start.cmd"],
  ["windows", "game", ["game_start.sh"], undefined, "game_start.sh"],
  ["linux", "game", ["game_start", "game_start.sh.bak", "xgame_start.sh", "game_start.ps1", "game-start.sh"]],
  // The long s and the Kelvin sign fold to ASCII letters in some ways of ignoring case.
  ["linux", "game", ["game_\u017ftart.sh", "game_start.\u017fh"]],
  ["windows", "game", ["game_start.cmd&calc", "game_start.cmd "]],
  ["linux", "setup", []],
];

for (const [system, part, names, here, elsewhere] of FOUND) {
  Deno.test(`findScripts() on ${system} finds ${here} for the ${part} among [${names}], elsewhere ${elsewhere}`, () => {
    assertEquals(findScripts(system, part, names), { here, elsewhere });
  });
}

Deno.test("scriptName() says what a person has to look for", () => {
  assertEquals(scriptName("windows", "server"), "server_start.cmd");
  assertEquals(scriptName("linux", "setup"), "game_setup.sh");
});

/** Everything that a shell could take for more than text. */
const NASTY = `/games/it's "50%" & $(reboot) \`x\` ; -x/local`;
const NASTY_WINDOWS = "C:\\My games\\50%PATH% & it's ^ (x86) !x!\\local";

function facts(over: Partial<CommandFacts>): CommandFacts {
  return {
    system: "linux",
    part: "game",
    folder: NASTY,
    script: "game_start.sh",
    is_program: false,
    ...over,
  };
}

const CMD = "C:\\Windows\\System32\\cmd.exe";

const COMMANDS: [what: string, over: Partial<CommandFacts>, program: string, args: string[]][] = [
  ["a script of the shell", {}, "/bin/sh", ["./game_start.sh"]],
  ["a program", { is_program: true }, `${NASTY}/game_start.sh`, []],
  ["a script on macOS", { system: "darwin", part: "setup", script: "game_setup.sh" }, "/bin/sh", [
    "./game_setup.sh",
  ]],
  ["a game on Windows", { system: "windows", folder: NASTY_WINDOWS, script: "game_start.cmd" }, CMD, [
    ...["/d", "/c", "start", '"lanspread game"', `"${CMD}"`, "/d", "/c", ".\\game_start.cmd"],
  ]],
  [
    "a setup on Windows, which is waited for",
    {
      ...{ system: "windows", part: "setup", folder: NASTY_WINDOWS, script: "Game_Setup.BAT" },
    },
    CMD,
    [
      ...["/d", "/c", "start", '"lanspread setup"', "/wait", `"${CMD}"`, "/d", "/c", ".\\Game_Setup.BAT"],
    ],
  ],
  [
    "a server on Windows, whose window stays open",
    {
      ...{ system: "windows", part: "server", folder: NASTY_WINDOWS, script: "server_start.cmd" },
    },
    CMD,
    [
      ...["/d", "/c", "start", '"lanspread server"', `"${CMD}"`, "/d", "/k", ".\\server_start.cmd"],
    ],
  ],
];

for (const [what, over, program, args] of COMMANDS) {
  Deno.test(`commandFor() gives the command of ${what}, in the install's folder`, () => {
    const { system, folder } = facts(over);
    assertEquals(commandFor(facts(over)), { program, args, cwd: folder, raw: system === "windows" });
  });
}

Deno.test("commandFor() takes another folder of Windows, unless it could mean more than a path", () => {
  const shellOf = (windows_dir: string) =>
    commandFor(facts({ system: "windows", script: "game_start.cmd", windows_dir })).program;
  assertEquals(shellOf("D:\\My Windows"), "D:\\My Windows\\System32\\cmd.exe");
  assertEquals(shellOf("D:\\W\\"), "D:\\W\\System32\\cmd.exe");
  for (const odd of ["D:\\%X%", 'D:\\"&calc', "\\\\server\\w", "relative", ""]) {
    assertEquals(shellOf(odd), CMD);
  }
});

for (const system of ["linux", "darwin"] as const) {
  Deno.test(`a server's window on ${system} gets folder and script as arguments of their own`, () => {
    const server = { system, part: "server", script: "server_start.sh", terminal: TERMINALS[0] } as const;
    const { args, cwd, raw } = commandFor(facts(server));
    assertEquals(args.slice(-3), [NASTY, "/bin/sh", "./server_start.sh"]);
    // What comes before is the same for every folder.
    const other = commandFor(facts({ ...server, folder: "/other" }));
    assertEquals(args.slice(0, -3), other.args.slice(0, -3));
    assertEquals([cwd, raw], [NASTY, false]);
  });
}

Deno.test("every known terminal gets the command after its own arguments", () => {
  for (const terminal of TERMINALS) {
    const { program, args } = commandFor(
      facts({
        part: "server",
        script: "server_start.sh",
        terminal: { ...terminal, name: `/x/${terminal.name}` },
      }),
    );
    assertEquals(program, `/x/${terminal.name}`);
    assertEquals(args.slice(0, terminal.args.length + 2), [...terminal.args, "/bin/sh", "-c"]);
  }
  assertThrows(() => commandFor(facts({ part: "server" })), RangeError, "terminal");
});

Deno.test("folderProblem() refuses a network folder on Windows only", () => {
  for (const folder of ["\\\\server\\share\\games", "//server/share", "\\\\?\\C:\\games"]) {
    assertStringIncludes(folderProblem("windows", folder) ?? "", "drive letter");
    assertEquals(folderProblem("linux", folder), undefined);
  }
  assertEquals(folderProblem("windows", "C:\\games"), undefined);
});

Deno.test({
  name: "byHand() is a line that a shell really understands",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using dir = await TempDir.make();
    const folder = await dir.mkdir(`it's "$HOME" & more`);
    await Deno.writeTextFile(`${folder}/server_start.sh`, "pwd");
    const args = ["-c", byHand({ folder, script: "server_start.sh" })];
    const { stdout } = await new Deno.Command("/bin/sh", { args }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), folder);
  },
});
