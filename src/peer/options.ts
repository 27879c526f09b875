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
}
