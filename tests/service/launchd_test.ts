/**
 * The agent of macOS.
 *
 * @module
 */

import { createLaunchd, plistText } from "../../src/service/launchd.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { setupWith } from "./setups.ts";

const manager = createLaunchd({ home: "/Users/ann doe", uid: 501 });
const setup = setupWith({ state_dir: "/Users/ann doe/Library/Application Support/<lan> & spread" });

Deno.test("the property list holds each word by itself, and starts again what failed", () => {
  const text = plistText(setup, "/Users/ann doe/Library/Logs/lanspread.log");
  const [, words = ""] = /<array>([\s\S]*?)<\/array>/.exec(text) ?? [];
  assertEquals([...words.matchAll(/<string>(.*)<\/string>/g)].map(([, word]) => word), [
    "/usr/local/bin/lanspread",
    "run",
    "--state-dir=/Users/ann doe/Library/Application Support/&lt;lan&gt; &amp; spread",
  ]);
  assertStringIncludes(text.replace(/\s+/g, ""), "<key>SuccessfulExit</key><false/>");
  assertStringIncludes(text, "<string>/Users/ann doe/Library/Logs/lanspread.log</string>");
});

Deno.test("the log and the folders of an agent are read back from its file", () => {
  const own = "/Users/ann doe/Library/Logs/lanspread.log";
  assertEquals(manager.flags(plistText(setup, own)), [`--state-dir=${setup.state_dir}`]);
  assertEquals(manager.logs("user", undefined), `tail -f '${own}'`);
  assertEquals(manager.logs("user", "/Users/ann doe/x.log"), `tail -f '${own}' '/Users/ann doe/x.log'`);
});

Deno.test("the agent is loaded anew where it changed, and started where it did not", () => {
  const runs = (present: string | undefined) =>
    manager.install({ ...setup, present }).steps.flatMap((step) =>
      step.kind === "run" ? [step.args.join(" ")] : []
    );
  const file = "/Users/ann doe/Library/LaunchAgents/lanspread.plist";
  assertEquals(manager.file("user"), file);
  assertEquals(runs(undefined), [
    "enable gui/501/lanspread",
    "bootout gui/501/lanspread",
    `bootstrap gui/501 ${file}`,
  ]);
  const same = plistText(setup, "/Users/ann doe/Library/Logs/lanspread.log");
  assertEquals(runs(same), ["enable gui/501/lanspread", "kickstart gui/501/lanspread"]);
});

Deno.test("a service of the machine and a name that XML can't hold are refused", () => {
  assertThrows(() => manager.file("system"), Error, "--system");
  assertThrows(() => plistText(setupWith({ state_dir: "/a\u0007" }), "/l"), Error, "rename it");
});

Deno.test("the state is read from what launchctl prints", () => {
  const stdout = "gui/501/lanspread = {\n\tactive count = 1\n\tstate = running\n\truns = 3\n\tpid = 77\n}\n";
  assertEquals(manager.readState({ success: true, stdout, stderr: "" }), {
    is_installed: true,
    is_running: true,
    state: "running",
    pid: 77,
    restarts: 2,
  });
  assertEquals(manager.readState({ success: false, stdout: "", stderr: "" }).is_installed, false);
});
