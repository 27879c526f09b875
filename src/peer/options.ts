/**
 * What a peer is started with.
 *
 * @module
 */

/** Which QUIC implementation to use. */
export const QUIC_ENGINES = ["auto", "deno", "matrixai"] as const;
export type QuicEngine = typeof QUIC_ENGINES[number];

/** Default UDP port; the next free one is taken where it is not free. */
export const DEFAULT_PORT = 5477;

/** Settings that are kept for the next start, or shown to people. */
export const SETTING_NAMES = [
  "name",
  "game_dir",
  "party",
  "catalog",
  "install",
  "limit_up",
  "limit_down",
] as const;
export type SettingName = typeof SETTING_NAMES[number];

/** Everything that a peer can be told at its start. */
export interface PeerOptions {
  game_dir: string;
  /** Nobody has chosen a folder yet: `game_dir` is an empty one, and nothing is downloaded to it. */
  is_game_dir_missing?: boolean;
  state_dir: string;
  /** The name that people read. */
  name: string;
  /** Literal IPv4 addresses of the interfaces to use; empty for every usable one. */
  interfaces: readonly string[];
  /** UDP port; `undefined` for the default or the next free one, 0 for any. */
  port: number | undefined;
  quic: QuicEngine;
  /** Passphrase; empty for the open party. */
  party: string;
  /** Path of a catalog file. */
  catalog: string | undefined;
  /** Whether a download is followed by its install, where the command does not say. */
  install: boolean;
  /** Bytes a second sent to, and received from, all peers together; none where it is left out. */
  limit_up?: number | undefined;
  limit_down?: number | undefined;
  /** It is a service that may write only into the folders that it was installed with. */
  is_confined?: boolean;
  /** What was given by a flag or a variable, and by which: it wins over `config_file` at every start. */
  set_by?: Partial<Record<SettingName, string>>;
  /** The file in which changes are kept for the next start; left out where nobody keeps them. */
  config_file?: string;
}
