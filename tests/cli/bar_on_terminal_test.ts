import { assertEquals } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { leftOut } from "../support/print.ts";
import { no_tmux, TmuxScreen } from "../support/tmux_screen.ts";

const PROGRAM = new URL("../support/bar_program.ts", import.meta.url).pathname;
const FROM = "1942: downloading 40.0 MB from 1 source";

Deno.test("a terminal that becomes narrower while a bar is drawn keeps nothing of the old one", {
  ignore: leftOut("a terminal that can be resized", no_tmux),
}, async () => {
  await using screen = await TmuxScreen.start([Deno.execPath(), "run", "-A", PROGRAM], 100, {});
  const bars: Record<number, string> = {
    100: `1942 [${"█".repeat(15)}${"░".repeat(15)}]  50%   10.0 kB/s  1 source  33 min 20 s left`,
    45: "1942 [█████░░░░░]  50%   10.0 kB/s  1 source",
    26: "1942 [███████░░░░░░]  50%",
  };
  for (const columns of [100, 45, 26, 100, 26]) {
    await screen.resize(columns);
    let lines: string[] = [];
    const fits = async () => (lines = await screen.lines())[1] === bars[columns];
    await until("the bar", fits, 60_000).catch(() => {});
    assertEquals(lines, [FROM, bars[columns]], `in ${columns} columns`);
  }
  await screen.type("q");
});
