/**
 * Answers commands: each is accepted with its data or refused with a `LanspreadError`; what follows is told by events.
 *
 * @module
 */

import { LanspreadError } from "../base/errors.ts";
import { resolve } from "../base/std/path.ts";
import type { GameId, PeerId, SocketAddress } from "../proto/ids.ts";
import type { AnnouncedLibrary } from "./announced_library.ts";
import type { Command } from "./commands.ts";
import { makeFolder, requireApart, requireWithinReach } from "./chosen_folder.ts";
import type { ActiveOperation, GameDetails, GameEntry, PeerEvent } from "./events.ts";
import type { GameFolder } from "./game_folder.ts";
import type { GameOperations } from "./game_operations.ts";
import type { GamesView } from "./games_view.ts";
import type { IncompatiblePeer, PeerNetwork } from "./network.ts";
import type { PeerOptions } from "./options.ts";
import type { KnownPeer } from "./peer_db.ts";
import type { LiveSettings, PeerSettings, SettingsChange } from "./peer_settings.ts";
import type { Transferred } from "./transfer_tally.ts";

/** What `status` answers. */
export interface PeerStatus {
  peer_id: PeerId;
  listen_addr: SocketAddress;
  library_rev: number;
  quic: string;
  peer_count: number;
  operations: ActiveOperation[];
}

/** The state of a peer in one value. */
export interface PeerSnapshot {
  status: PeerStatus;
  games: GameEntry[];
  peers: readonly KnownPeer[];
  transferred: readonly Transferred[];
  /** For how many milliseconds each limit has held transfers back. */
  held_ms: { up: number; down: number };
  settings: PeerSettings;
  incompatible: readonly IncompatiblePeer[];
}

/** Commands that do not care which game folder it is. */
const ANY_TIME = new Set<Command["command"]>([
  "change-settings",
  "connect",
  "list-peers",
  "peer-count",
  "shutdown",
  "status",
]);

/** Commands that put something into the game folder. */
const WRITES = new Set<Command["command"]>(["download", "fetch-latest", "stream-install", "update"]);

/** What the commands work on. */
export interface CommandDeskOptions {
  view: GamesView;
  games: GameOperations;
  network: PeerNetwork;
  folder: GameFolder;
  library: AnnouncedLibrary;
  signal: AbortSignal;
  /** How the peer was started. */
  options: PeerOptions;
  live: LiveSettings;
  emit(event: PeerEvent): void;
  status(): PeerStatus;
  tellLibrary(): void;
  /** This peer has another name now. */
  onRenamed(): void;
  shutdown(): void;
}

/** Where commands are answered. */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  #has_game_dir: boolean;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
    this.#has_game_dir = options.options.is_game_dir_missing !== true;
  }

  /** How the peer is set now. */
  get settings(): PeerSettings {
    const { live, games } = this.#options;
    return live.shown(this.#has_game_dir ? games.game_dir : null);
  }

  /** Runs a command; resolves with its data. Throws a `LanspreadError` that says why not. */
  async run(command: Command): Promise<unknown> {
    const { view, games, network, folder, live, status, shutdown } = this.#options;
    if (!ANY_TIME.has(command.command)) folder.requireSteady();
    if (WRITES.has(command.command)) this.#requireGameDir();
    switch (command.command) {
      case "list-games":
        return { games: view.list() };
      case "get-game":
        return this.#getGame(command.game_id);
      case "download":
      case "fetch-latest":
        return games.startDownload(command.game_id, command.install ?? live.install);
      case "cancel-download":
        return games.cancel(command.game_id);
      case "stream-install":
        return games.startStreamInstall(command.game_id);
      case "install":
        return games.startInstall(command.game_id);
      case "update":
        return games.startUpdate(command.game_id);
      case "uninstall":
        return games.startUninstall(command.game_id);
      case "remove-downloaded":
        return await games.startRemove(command.game_id);
      case "launch":
        return await games.launch(command.game_id, command.what ?? "game", this.#options.signal);
      case "set-game-dir":
        return await this.#setGameDir(resolve(command.game_dir), command.create ?? false);
      case "change-settings":
        return this.#changeSettings(command);
      case "list-peers":
        return { peers: network.db.list().map(showPeer) };
      case "peer-count":
        return { count: network.db.size };
      case "connect":
        return await this.#connect(command.addr);
      case "status":
        return status();
      case "shutdown":
        return shutdown();
    }
  }

  /** One game with everything that is known of it. Throws `not_in_catalog` and `game_not_found`. */
  game(game_id: GameId): GameDetails {
    const { view, games } = this.#options;
    games.requireInCatalog(game_id);
    return view.details(game_id, games.game_dir);
  }

  #getGame(game_id: GameId): { game: GameDetails; sources: PeerId[] } {
    const { games, network } = this.#options;
    games.requireInCatalog(game_id);
    games.askForFiles(game_id);
    const game = this.game(game_id);
    const sources = game.version ? network.db.sources(game_id, game.version) : [];
    return { game, sources: sources.map((peer) => peer.peer_id) };
  }

  #requireGameDir(): void {
    if (this.#has_game_dir) return;
    const what = "choose a game folder first: on the page, with set-game-dir, or with --game-dir";
    throw new LanspreadError("usage", what);
  }

  async #setGameDir(game_dir: string, create: boolean): Promise<{ game_dir: string }> {
    const { folder, library, signal, options, emit, tellLibrary } = this.#options;
    await requireApart(game_dir, options.state_dir);
    if (options.is_confined) await requireWithinReach(game_dir, options.state_dir);
    const { rev } = library;
    await using made = create ? await makeFolder(game_dir) : undefined;
    await folder.change(game_dir, signal);
    made?.keep();
    this.#has_game_dir = true;
    emit({ event: "settings-changed", settings: this.settings });
    // Told in any case: whoever asked for the new folder wants to know what is in it.
    if (library.rev === rev) tellLibrary();
    return { game_dir };
  }

  #changeSettings(wish: SettingsChange): { settings: PeerSettings } {
    const { live, emit, onRenamed } = this.#options;
    const before = this.settings;
    live.change(wish);
    const { settings } = this;
    if (JSON.stringify(settings) !== JSON.stringify(before)) emit({ event: "settings-changed", settings });
    if (settings.name !== before.name) onRenamed();
    return { settings };
  }

  async #connect(addr: SocketAddress): Promise<{ peer_id: PeerId; name: string; addr: SocketAddress }> {
    const { peer_id, name, addr: listener } = await this.#options.network.connect(addr);
    return { peer_id, name, addr: listener };
  }
}

/** One peer as `list-peers` answers it. */
export function showPeer({ peer_id, name, addr, library_rev, games }: KnownPeer) {
  return { peer_id, name, addr, library_rev, game_count: games.size, games: [...games.values()] };
}
