/**
 * Remembers in `<state_dir>/config.json` what was changed while the peer ran, for its next start.
 *
 * Only what was changed is written: what a flag or the environment says of this start is not what the next one shall
 * be.
 *
 * @module
 */

import { z } from "zod";
import { writeFileAtomic } from "../base/atomic_file.ts";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { join } from "../base/std/path.ts";
import type { PeerSettings } from "../peer/peer_settings.ts";
import { CONFIG_FILE } from "./settings.ts";

type Config = Record<string, unknown>;

/** Writes changes into the file, one after the other. */
export class SettingsKeeper {
  readonly #path: string;
  #kept: PeerSettings;

  /** `before` is what was set at the start. */
  constructor(state_dir: string, before: PeerSettings) {
    this.#path = join(state_dir, CONFIG_FILE);
    this.#kept = before;
  }

  /** Writes what is different now and leaves everything else in the file; what fails is logged, and tried again with the next. */
  async keep(settings: PeerSettings): Promise<void> {
    const changes = changesOf(this.#kept, settings);
    if (Object.keys(changes).length === 0) return;
    try {
      // Where it is a link, what it leads to is changed.
      const path = await Deno.realPath(this.#path).catch(() => this.#path);
      const config = { ...await readConfig(path), ...changes };
      // It may hold the passphrase of a party, which is nobody else's business.
      await writeFileAtomic(path, JSON.stringify(config, undefined, 2) + "\n", { mode: 0o600 });
      this.#kept = settings;
    } catch (error) {
      logger("cli").warn("the next start does not know of the changed {what}: {path}: {reason}", {
        what: Object.keys(changes).join(", "),
        path: this.#path,
        reason: messageOf(error),
      });
    }
  }
}

function changesOf(before: PeerSettings, after: PeerSettings): Config {
  const [old, now] = [configOf(before), configOf(after)];
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => value !== old[key]));
}

/** What can be changed, as the file says it. */
function configOf({ name, game_dir, install, limit_up, limit_down }: PeerSettings): Config {
  return {
    name,
    install,
    limit_up: limit_up ?? "off",
    limit_down: limit_down ?? "off",
    ...game_dir === null ? {} : { game_dir },
  };
}

async function readConfig(path: string): Promise<Config> {
  try {
    const text = await Deno.readTextFile(path);
    const config = z.record(z.string(), z.unknown()).safeParse(JSON.parse(text.replace(/^\ufeff/, "")));
    if (!config.success) throw new LanspreadError("io", "it holds something else than settings");
    return config.data;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}
