/**
 * A source that holds a download open for as long as a test wants: it answers every chunk with `busy` until it is
 * opened, and then with the true bytes. What the downloader does meanwhile can be looked at without a race.
 *
 * ```ts ignore
 * await using source = await GatedSource.start(swarm.party, "alienswarm", "1.0", { "data.pak": bytes });
 * await source.greet(bob.addr);
 * await bob.ok("download", { game_id: "alienswarm" });
 * source.open();
 * ```
 *
 * @module
 */

import { gameDetails, type HostileAnswer, HostilePeer, readyGame, type WireValue } from "./hostile_peer.ts";

/** A peer with one game. */
export class GatedSource implements AsyncDisposable {
  #peer: HostilePeer | undefined;
  #is_open = false;
  readonly #open_paths = new Set<string>();
  /** How often a chunk was asked for and not given. */
  held_back = 0;

  private constructor(
    readonly game_id: string,
    readonly version: string,
    readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ) {}

  /** A closed source; `files` are those beside the sentinel. */
  static async start(
    party: string,
    game_id: string,
    version: string,
    files: Record<string, Uint8Array<ArrayBuffer>>,
  ): Promise<GatedSource> {
    const sentinel = new TextEncoder().encode(version);
    const all = new Map(Object.entries({ ...files, "version.ini": sentinel }));
    const source = new GatedSource(game_id, version, all);
    source.#peer = await HostilePeer.start({
      party,
      games: [readyGame(game_id, version, source.#sizes().reduce((sum, { size }) => sum + size, 0))],
      answers: {
        get_game: () => gameDetails(game_id, version, source.#sizes()),
        get_chunk: (request) => source.#chunk(request),
      },
    });
    return source;
  }

  get peer(): HostilePeer {
    if (!this.#peer) throw new Error("the source has not started");
    return this.#peer;
  }

  /** Introduces itself to the peer that is to download. */
  async greet(addr: string): Promise<void> {
    await this.peer.greet(addr);
  }

  /** Gives from now on what it is asked for. */
  open(): void {
    this.#is_open = true;
  }

  /** Gives this file from now on. */
  openFor(path: string): void {
    this.#open_paths.add(path);
  }

  #sizes(): { path: string; size: number }[] {
    return [...this.files].map(([path, { length }]) => ({ path, size: length }));
  }

  #chunk({ path, offset, length }: WireValue): HostileAnswer {
    if (!this.#is_open && !this.#open_paths.has(String(path))) {
      this.held_back++;
      return { type: "error", code: "busy", message: "in a moment" };
    }
    const bytes = this.files.get(String(path)) ?? new Uint8Array(0);
    const body = bytes.slice(Number(offset), Number(offset) + Number(length));
    return { frame: { type: "chunk", length: body.length }, body };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer?.[Symbol.asyncDispose]();
  }
}
