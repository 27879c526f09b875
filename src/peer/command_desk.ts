/**
 * Answers commands: each is accepted with its data or refused with a `LanspreadError`; what follows is told by events.
 *
 * @module
 */

import { resolve } from "../base/std/path.ts";
import type { GameId, PeerId, SocketAddress } from "../proto/ids.ts";
import type { AnnouncedLibrary } from "./announced_library.ts";
import type { Command } from "./commands.ts";
import type { ActiveOperation, GameEntry } from "./events.ts";
import type { GameFolder } from "./game_folder.ts";
import type { GameOperations } from "./game_operations.ts";
import type { GamesView } from "./games_view.ts";
import type { PeerNetwork } from "./network.ts";
import type { KnownPeer } from "./peer_db.ts";
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
}

/** Commands that do not care which game folder it is. */
const ANY_TIME = new Set<Command["command"]>(["connect", "list-peers", "peer-count", "shutdown", "status"]);

/** What the commands work on. */
export interface CommandDeskOptions {
  view: GamesView;
  games: GameOperations;
  network: PeerNetwork;
  folder: GameFolder;
  library: AnnouncedLibrary;
  signal: AbortSignal;
  /** Whether a download is followed by its install, where the command does not say. */
  install: boolean;
  status(): PeerStatus;
  tellLibrary(): void;
  shutdown(): void;
}

/** Where commands are answered. */
export class CommandDesk {
  readonly #options: CommandDeskOptions;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  /** Runs a command; resolves with its data. Throws a `LanspreadError` that says why not. */
  async run(command: Command): Promise<unknown> {
    const { view, games, network, folder, install, status, shutdown } = this.#options;
    if (!ANY_TIME.has(command.command)) folder.requireSteady();
    switch (command.command) {
      case "list-games":
        return { games: view.list() };
      case "get-game":
        return this.#getGame(command.game_id);
      case "download":
      case "fetch-latest":
        return games.startDownload(command.game_id, command.install ?? install);
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
        return await this.#setGameDir(resolve(command.game_dir));
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

  #getGame(game_id: GameId): { game: GameEntry; sources: PeerId[] } {
    const { view, games, network } = this.#options;
    games.requireInCatalog(game_id);
    const game = view.entry(game_id);
    games.askForFiles(game_id);
    const sources = game.version ? network.db.sources(game_id, game.version) : [];
    return { game, sources: sources.map((peer) => peer.peer_id) };
  }

  async #setGameDir(game_dir: string): Promise<{ game_dir: string }> {
    const { folder, library, signal, tellLibrary } = this.#options;
    const { rev } = library;
    await folder.change(game_dir, signal);
    // Told in any case: whoever asked for the new folder wants to know what is in it.
    if (library.rev === rev) tellLibrary();
    return { game_dir };
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
