/**
 * How a peer is set: as it is shown to people, with nothing secret in it, and what of it can be changed while it runs.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { RateLimiter } from "../base/rate_limit.ts";
import type { PeerOptions, SettingName } from "./options.ts";

/** What a peer is set to. Rates in bytes a second. */
export interface PeerSettings {
  name: string;
  /** `null` until a folder was chosen. */
  game_dir: string | null;
  /** Whether only those who know the passphrase take part. */
  has_party: boolean;
  catalog: string | null;
  /** Whether a download is followed by its install. */
  install: boolean;
  limit_up: number | null;
  limit_down: number | null;
  /** The flags and variables of this start, by what they set: at every start they win over `config_file`. */
  set_by: Partial<Record<SettingName, string>>;
  /** Where changes are kept for the next start; `null` where nobody keeps them. */
  config_file: string | null;
}

/** What is to be different; what is left out stays. A limit of `null` is none. */
export interface SettingsChange {
  name?: string | undefined;
  install?: boolean | undefined;
  limit_up?: number | null | undefined;
  limit_down?: number | null | undefined;
}

/** The settings of one running peer. */
export class LiveSettings {
  readonly #options: PeerOptions;
  /** The limits of what goes out and what comes in, for whoever sends and receives. */
  readonly up: RateLimiter;
  readonly down: RateLimiter;
  #name: string;
  #install: boolean;

  constructor(options: PeerOptions, clock: Clock) {
    this.#options = options;
    this.up = new RateLimiter(options.limit_up, clock);
    this.down = new RateLimiter(options.limit_down, clock);
    this.#name = options.name;
    this.#install = options.install;
  }

  /** The name that people read. */
  get name(): string {
    return this.#name;
  }

  /** Whether a download is followed by its install, where the command does not say. */
  get install(): boolean {
    return this.#install;
  }

  /** How long the limits held something back, in milliseconds. */
  get held_ms(): { up: number; down: number } {
    return { up: this.up.held_ms, down: this.down.held_ms };
  }

  /** Changes what is given, at once. */
  change({ name, install, limit_up, limit_down }: SettingsChange): void {
    this.#name = name ?? this.#name;
    this.#install = install ?? this.#install;
    if (limit_up !== undefined) this.up.bytes_per_s = limit_up ?? undefined;
    if (limit_down !== undefined) this.down.bytes_per_s = limit_down ?? undefined;
  }

  /** Everything, with the folder that is used now. */
  shown(game_dir: string | null): PeerSettings {
    const { party, catalog, set_by, config_file } = this.#options;
    return {
      name: this.#name,
      game_dir,
      has_party: party !== "",
      catalog: catalog ?? null,
      install: this.#install,
      limit_up: this.up.bytes_per_s ?? null,
      limit_down: this.down.bytes_per_s ?? null,
      set_by: { ...set_by },
      config_file: config_file ?? null,
    };
  }
}
