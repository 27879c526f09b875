/**
 * `lanspread settings`: shows how the running peer is set, or changes it.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError } from "../base/errors.ts";
import { resolve } from "../base/std/path.ts";
import type { PeerSettings, SettingsChange } from "../peer/peer_settings.ts";
import { DisplayName } from "../proto/ids.ts";
import { Settings } from "../web/answer_schemas.ts";
import { formatBytes } from "./amounts.ts";
import { runClient } from "./client_command.ts";
import { print, renderTable } from "./output.ts";
import { RateText } from "./rate_text.ts";

const Truth = z.enum(["true", "false"], { error: "is not true or false" });

/** Gives the exit code. Throws `usage`. */
export async function runSettings(args: readonly string[]): Promise<number> {
  return await runClient("settings", args, async ({ client, values, is_json, signal }) => {
    const change = changeOf(values);
    const game_dir = values.get("game-dir");
    // First what may be refused, so that it is all or nothing.
    if (game_dir !== undefined) {
      await client.command({ command: "set-game-dir", game_dir: resolve(game_dir) }, signal);
    }
    if (Object.keys(change).length > 0) {
      await client.command({ command: "change-settings", ...change }, signal);
    }
    const settings = await client.read("settings", Settings, signal);
    await print(is_json ? JSON.stringify(settings) + "\n" : renderSettings(settings));
    return 0;
  });
}

/** What the flags ask for. Throws `usage`. */
function changeOf(values: ReadonlyMap<string, string>): SettingsChange {
  const change: SettingsChange = {};
  const read = <T>(flag: string, rule: z.ZodType<T>, take: (value: T) => void) => {
    const text = values.get(flag);
    if (text !== undefined) take(parse(flag, rule, text));
  };
  read("name", DisplayName, (name) => change.name = name);
  read("install", Truth, (text) => change.install = text === "true");
  read("limit-up", RateText, (rate) => change.limit_up = rate ?? null);
  read("limit-down", RateText, (rate) => change.limit_down = rate ?? null);
  return change;
}

function parse<T>(flag: string, rule: z.ZodType<T>, text: string): T {
  const result = rule.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new LanspreadError("usage", `--${flag} ${JSON.stringify(text)}: ${issue?.message ?? "not valid"}`);
}

/** The settings for people. */
function renderSettings(settings: PeerSettings): string {
  const { name, game_dir, has_party, catalog, install, limit_up, limit_down, set_by } = settings;
  const rate = (bytes_per_s: number | null) =>
    bytes_per_s === null ? "no limit" : `${formatBytes(bytes_per_s)}/s`;
  return renderTable(["setting", "is", "set at the start by"], [
    ["name", name, set_by.name ?? ""],
    ["game folder", game_dir ?? "none yet", set_by.game_dir ?? ""],
    ["send at most", rate(limit_up), set_by.limit_up ?? ""],
    ["download at most", rate(limit_down), set_by.limit_down ?? ""],
    ["after a download", install ? "install it" : "do nothing", set_by.install ?? ""],
    ["party", has_party ? "closed" : "open", set_by.party ?? ""],
    ["catalog", catalog ?? "none", set_by.catalog ?? ""],
  ]);
}
