/**
 * How a peer is set, as it is shown to people; nothing secret is in it.
 *
 * @module
 */

import type { PeerOptions } from "./options.ts";

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
}

/** The settings that `options` make, with the folder that is used now. */
export function settingsOf(options: PeerOptions, game_dir: string | null): PeerSettings {
  return {
    name: options.name,
    game_dir,
    has_party: options.party !== "",
    catalog: options.catalog ?? null,
    install: options.install,
    limit_up: options.limit_up ?? null,
    limit_down: options.limit_down ?? null,
  };
}
