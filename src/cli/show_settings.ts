/**
 * `lanspread settings`: shows how the running peer is set, or changes it.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { resolve } from "../base/std/path.ts";
import type { PeerSettings, SettingsChange } from "../peer/peer_settings.ts";
import { Settings } from "../web/answer_schemas.ts";
import { formatBytes } from "./amounts.ts";
import { runClient } from "./client_command.ts";
import { print, renderTable } from "./output.ts";
import { RateText } from "./rate_text.ts";

/** Gives the exit code. Throws `usage`. */
export async function runSettings(args: readonly string[]): Promise<number> {
  return await runClient("settings", args, async ({ client, values, is_json, signal }) => {
    const change = changeOf(values);
    const game_dir = values.get("game-dir");
    if (Object.keys(change).length > 0) {
      await client.command({ command: "change-settings", ...change }, signal);
    }
    if (game_dir !== undefined) {
      await client.command({ command: "set-game-dir", game_dir: resolve(game_dir) }, signal);
    }
    const settings = await client.read("settings", Settings, signal);
    await print(is_json ? JSON.stringify(settings) + "\n" : renderSettings(settings));
    return 0;
  });
}

/** What the flags ask for. Throws `usage`. */
export function changeOf(values: ReadonlyMap<string, string>): SettingsChange {
  const change: SettingsChange = {};
  const [name, install] = [values.get("name"), values.get("install")];
  if (name !== undefined) change.name = name;
  if (install !== undefined) change.install = truthOf(install);
  for (const [flag, key] of [["limit-up", "limit_up"], ["limit-down", "limit_down"]] as const) {
    const text = values.get(flag);
    if (text !== undefined) change[key] = rateOf(flag, text);
  }
  return change;
}

function truthOf(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new LanspreadError("usage", `--install ${JSON.stringify(text)}: is not true or false`);
}

function rateOf(flag: string, text: string): number | null {
  const rate = RateText.safeParse(text);
  if (rate.success) return rate.data ?? null;
  const [issue] = rate.error.issues;
  throw new LanspreadError("usage", `--${flag} ${JSON.stringify(text)}: ${issue?.message ?? "not valid"}`);
}

/** The settings for people. */
export function renderSettings(settings: PeerSettings): string {
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
