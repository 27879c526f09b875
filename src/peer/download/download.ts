/**
 * Downloads one game from all its sources at once.
 *
 * The order is the promise: ask, check, park the sentinel, write the chunks, sync, commit the sentinel. Whatever ends
 * it early leaves no sentinel, and the finished chunks where they are.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { LanspreadError, messageOf, toLanspreadError } from "../../base/errors.ts";
import type { RateLimiter } from "../../base/rate_limit.ts";
import { Scope } from "../../base/scope.ts";
import type { PeerId } from "../../proto/ids.ts";
import { chunksOf, type Manifest, type ManifestFile, SENTINEL, totalBytes } from "../../proto/manifest.ts";
import { ensureDir } from "../../base/std/fs.ts";
import { parseVersionIni } from "../../watch/version_ini.ts";
import type { PeerEvent } from "../events.ts";
import type { Connection } from "../transport/port.ts";
import { type ChunkSink, fetchChunk, FileSink, MemorySink } from "./fetch.ts";
import { GameFiles } from "./game_files.ts";
import { askForPlan, type PlanOrder, type PlanPorts } from "./offers.ts";
import type { DownloadPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { type Assignment, ChunkScheduler, type FailureVerdict } from "./scheduler.ts";
import { commitSentinel, parkSentinel, sweepSentinelScratch } from "./sentinel.ts";

const PROGRESS_INTERVAL_MS = 100;
const STANDSTILL_MS = 1_000;
const BUSY_PAUSE_MS = 200;
/** A source may say that often in a row that it is busy: half a minute and more. */
const MAX_BUSY_ANSWERS = 150;
const MAX_SYNCS_ASIDE = 2;

/** What a download needs of the rest of the peer. */
export interface DownloadPorts extends PlanPorts {
  game_dir: string;
  clock: Clock;
  connectionTo(peer_id: PeerId, signal: AbortSignal): Promise<Connection>;
  emit(event: PeerEvent): void;
  /** Bytes came from the peer: it is alive. */
  heard(peer_id: PeerId): void;
  /** The download limit, shared by all downloads. */
  limiter?: RateLimiter;
}

/** What to download. */
export interface DownloadOrder extends PlanOrder {
  /** What stands in the game root now; its files that the new version does not have are removed. */
  previous: Manifest | null;
}

/** What a finished download tells. */
export interface DownloadResult {
  bytes: number;
  seconds: number;
}

/**
 * Runs a download to its end. Throws `no_peers_have_game`, `peers_gone`, `download_failed`, `io`, `disk_full` and
 * the signal's reason. Where that is `cancelled`, the payload is gone afterwards.
 */
export async function download(
  order: DownloadOrder,
  ports: DownloadPorts,
  signal: AbortSignal,
): Promise<DownloadResult> {
  const plan = await askForPlan(order, ports, signal);
  const files = new GameFiles(ports.game_dir, order.game_id, plan.manifest.files);
  await files.check(signal);
  const run = new DownloadRun(order, ports, plan, files);
  try {
    return await run.execute(signal);
  } catch (error) {
    if (isCode(signal.reason, "cancelled")) await files.remove();
    else await sweepSentinelScratch(files.root);
    throw error;
  }
}

/** One download whose plan is made and checked. */
class DownloadRun {
  readonly #started_ms: number;
  readonly #scheduler: ChunkScheduler;
  readonly #progress: Progress;
  readonly #sentinel = new MemorySink();
  /** Whether some source was dropped for another reason than being out of reach. */
  #was_refused = false;
  /** How often each source said that it is busy since it last sent a chunk. */
  readonly #busy_answers = new Map<PeerId, number>();
  /** Syncs that run beside the transfer. */
  #syncs = 0;
  #last_error: unknown;
  #last_progress_ms = -Infinity;

  constructor(
    readonly order: DownloadOrder,
    readonly ports: DownloadPorts,
    readonly plan: DownloadPlan,
    readonly files: GameFiles,
  ) {
    this.#started_ms = ports.clock.now();
    this.#scheduler = new ChunkScheduler(chunksOf(plan.manifest.files), plan.sources);
    this.#progress = new Progress(totalBytes(plan.manifest.files), this.#started_ms);
  }

  async execute(signal: AbortSignal): Promise<DownloadResult> {
    const { manifest, sources } = this.plan;
    await this.#prepare(signal);
    this.ports.emit({
      event: "download-begin",
      game_id: this.order.game_id,
      total_bytes: this.#progress.total_bytes,
      file_count: manifest.files.length,
      resumed_bytes: 0,
      sources,
    });
    await this.#transfer(signal);
    this.#tellProgress(true);
    await this.#commit(signal);
    return {
      bytes: this.#progress.total_bytes,
      seconds: (this.ports.clock.now() - this.#started_ms) / 1_000,
    };
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    try {
      await ensureDir(this.files.root);
      await parkSentinel(this.files.root);
    } catch (error) {
      throw toLanspreadError(error, "io", `Cannot download ${this.order.game_id}`);
    }
    await this.files.create(signal);
  }

  async #transfer(signal: AbortSignal): Promise<void> {
    await using scope = new Scope({ parent: signal });
    // While nothing arrives that is told, too.
    using _ = every(STANDSTILL_MS, () => this.#tellProgress(false));
    this.#pump(scope);
    await scope.join();
    signal.throwIfAborted();
    if (!this.#scheduler.isDone) throw this.#sourcesGone();
  }

  /** Starts what can be started; every chunk that ends pumps again. */
  #pump(scope: Scope): void {
    for (let next = this.#scheduler.next(); next; next = this.#scheduler.next()) {
      const assignment = next;
      scope.spawn("chunk", async () => {
        await this.#fetch(assignment, scope);
        this.#pump(scope);
      });
    }
  }

  async #fetch(assignment: Assignment, scope: Scope): Promise<void> {
    const counted = { bytes: 0 };
    const started_ms = this.ports.clock.now();
    try {
      await this.#fetchOnce(assignment, counted, scope);
    } catch (error) {
      scope.signal.throwIfAborted();
      this.#progress.lost(counted.bytes);
      return await this.#failed(assignment, error, scope.signal);
    }
    this.#scheduler.finished(assignment);
    this.#busy_answers.delete(assignment.peer_id);
    const { peer_id, chunk } = assignment;
    const seconds = (this.ports.clock.now() - started_ms) / 1_000;
    this.ports.emit({
      event: "download-chunk-finished",
      game_id: this.order.game_id,
      peer_id,
      ...chunk,
      seconds,
    });
  }

  async #fetchOnce(assignment: Assignment, counted: { bytes: number }, scope: Scope): Promise<void> {
    const { path, offset } = assignment.chunk;
    const connection = await this.ports.connectionTo(assignment.peer_id, scope.signal);
    if (path === SENTINEL) {
      this.#sentinel.clear();
      return await this.#receive(assignment, connection, this.#sentinel, counted, scope.signal);
    }
    using handle = new DisposableStack();
    const sink = handle.use(await FileSink.open(this.files.pathOf(path), offset));
    await this.#receive(assignment, connection, sink, counted, scope.signal);
    this.#syncAside(sink, handle.move(), scope);
  }

  async #receive(
    { peer_id, chunk }: Assignment,
    connection: Connection,
    sink: ChunkSink,
    counted: { bytes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const counting = {
      write: async (bytes: Uint8Array) => {
        await sink.write(bytes);
        counted.bytes += bytes.length;
        this.#progress.received(peer_id, bytes.length, this.ports.clock.now());
        this.ports.heard(peer_id);
        this.#tellProgress(false);
      },
    };
    const { game_id, manifest_hash } = this.plan.manifest;
    await fetchChunk(connection, { game_id, manifest_hash, chunk }, counting, signal, this.ports.limiter);
  }

  /** The disk works while the network does; what it has not done when all is here is done before the commit. */
  #syncAside(sink: FileSink, handle: Disposable, scope: Scope): void {
    if (this.#syncs >= MAX_SYNCS_ASIDE) return handle[Symbol.dispose]();
    this.#syncs++;
    scope.spawn("sync", async () => {
      using _ = handle;
      await sink.sync().finally(() => this.#syncs--);
    });
  }

  async #failed(assignment: Assignment, error: unknown, signal: AbortSignal): Promise<void> {
    if (isLocal(error)) throw error;
    this.#last_error = error;
    const verdict = this.#verdictOn(assignment, error);
    if (verdict === "wait") await this.ports.clock.sleep(BUSY_PAUSE_MS, signal);
    if (!this.#scheduler.failed(assignment, verdict)) return;
    this.#was_refused ||= !isLost(error);
    this.ports.onRejected(assignment.peer_id, messageOf(error));
  }

  /** A source that is busy is asked again for a while; one that is busy for ever is of no use. */
  #verdictOn({ peer_id }: Assignment, error: unknown): FailureVerdict {
    if (!isCode(error, "busy")) return isFinal(error) ? "drop" : "retry";
    const answers = (this.#busy_answers.get(peer_id) ?? 0) + 1;
    this.#busy_answers.set(peer_id, answers);
    return answers < MAX_BUSY_ANSWERS ? "wait" : "drop";
  }

  #sourcesGone(): LanspreadError {
    const { game_id } = this.order;
    if (!this.#was_refused) {
      return new LanspreadError("peers_gone", `All sources of ${game_id} are gone`, {
        cause: this.#last_error,
      });
    }
    return new LanspreadError(
      "download_failed",
      `Cannot download ${game_id}: no source is left; the last one said: ${messageOf(this.#last_error)}`,
      { cause: this.#last_error },
    );
  }

  #tellProgress(is_last: boolean): void {
    const now = this.ports.clock.now();
    if (!is_last && now - this.#last_progress_ms < PROGRESS_INTERVAL_MS) return;
    this.#last_progress_ms = now;
    const figures = this.#progress.figures(now);
    this.ports.emit({ event: "download-progress", game_id: this.order.game_id, ...figures });
  }

  /** Everything is here. Until the sentinel is written a cancel still counts. */
  async #commit(signal: AbortSignal): Promise<void> {
    await this.files.sync();
    signal.throwIfAborted();
    await this.#removeStale();
    const sentinel = this.#sentinel.bytes();
    const { version } = this.plan.manifest;
    if (parseVersionIni(sentinel) !== version) {
      throw new LanspreadError(
        "download_failed",
        `Cannot download ${this.order.game_id}: the ${SENTINEL} that came does not say ${version}; its source is wrong`,
      );
    }
    try {
      await commitSentinel(this.files.root, sentinel);
    } catch (error) {
      throw toLanspreadError(error, "io", `Cannot finish the download of ${this.order.game_id}`);
    }
  }

  // Left-over files of the old version would make this peer's file list differ from everybody else's. They go when all
  // of the new one is here, and not before. A name that changed in case only is the same file on some disks.
  async #removeStale(): Promise<void> {
    const wanted = new Set<string>(this.plan.manifest.files.map(({ path }) => path));
    const stale: ManifestFile[] = [];
    for (const file of this.order.previous?.files ?? []) {
      if (!wanted.has(file.path) && !await this.files.holds(file.path)) stale.push(file);
    }
    if (stale.length === 0) return;
    await new GameFiles(this.ports.game_dir, this.order.game_id, stale).remove();
  }
}

function every(ms: number, action: () => void): Disposable {
  const timer = setInterval(action, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** This machine's own trouble: no other source would help. */
function isLocal(error: unknown): boolean {
  return isCode(error, "io") || isCode(error, "disk_full");
}

function isLost(error: unknown): boolean {
  return isCode(error, "connection_lost") || isCode(error, "handshake_failed") || isCode(error, "timeout");
}

/** The peer said no in a way that asking again would not change. */
function isFinal(error: unknown): boolean {
  const codes = [
    "game_not_found",
    "not_transferable",
    "manifest_changed",
    "unauthorized",
    "incompatible",
  ] as const;
  return codes.some((code) => isCode(error, code));
}

function isCode(error: unknown, code: LanspreadError["code"]): boolean {
  return error instanceof LanspreadError && error.code === code;
}
