/**
 * Downloads one game from all its sources at once.
 *
 * The order is the promise: ask, check, write down what begins, park the sentinel, write the chunks, judge them, sync,
 * commit the sentinel. Whatever ends it early leaves no sentinel, and the finished chunks where they are for the next
 * try; only a cancel takes them away.
 *
 * @module
 */

import { logger } from "../../base/log.ts";
import { isCode, LanspreadError, messageOf, toLanspreadError } from "../../base/errors.ts";
import { inTurns } from "../../base/turns.ts";
import { ensureDir } from "../../base/std/fs.ts";
import { type Chunk, chunksOf, type Manifest, SENTINEL, totalBytes } from "../../proto/manifest.ts";
import type { ChunkHashStore } from "../../watch/chunk_hash_store.ts";
import { adoptHashes } from "./adopt_hashes.ts";
import { isToComeAgain } from "./arbiter.ts";
import { CONTRADICTED, tellFinding, whomToAvoid } from "./chunk_finish.ts";
import { commitDownload } from "./commit.ts";
import { endEarly } from "./early_end.ts";
import { GameFiles } from "./game_files.ts";
import type { DownloadJournal, JournalChunk, JournalEntry } from "./journal.ts";
import { askForPlan, type PlanOrder, type PlanPorts } from "./offers.ts";
import type { DownloadPlan } from "./plan.ts";
import { ProgressTeller } from "./progress_teller.ts";
import { trustedChunks } from "./resume.ts";
import { Scheduler } from "./scheduler.ts";
import { parkSentinel } from "./sentinel.ts";
import { MemoryFile } from "./sinks.ts";
import { SourcePool } from "./source_pool.ts";
import { transfer, type TransferPorts } from "./transfer.ts";
import { Verification, type VerificationPorts } from "./verification.ts";

/** How often a download begins anew because its sources' files changed. */
const MAX_RESTARTS = 3;
/** How often chunks come again that the sources' late words call wrong. */
const MAX_ROUNDS = 5;
/** So many chunks of an earlier try are taken over before the peer does other things. */
const CHUNKS_AT_ONCE = 4_096;
/** The sources look at their files anew meanwhile, in milliseconds. */
const RESTART_PAUSE_MS = 1_000;

/** What a download needs of the rest of the peer. */
export interface DownloadPorts extends PlanPorts, TransferPorts, VerificationPorts {
  journal: DownloadJournal;
  /** Where the hashes of what was downloaded are kept. */
  hashes: ChunkHashStore;
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
  /** Whether the sources' hashes say of every chunk that it is right. */
  verified: boolean;
}

/** One try: what is fetched, where to, and what is remembered of it. */
interface Attempt {
  readonly plan: DownloadPlan;
  readonly files: GameFiles;
  readonly entry: JournalEntry;
}

/**
 * Runs a download to its end. Throws `no_peers_have_game`, `peers_gone`, `download_failed`, `manifest_changed` where
 * the sources' files change again and again, `io`, `disk_full` and the signal's reason. Where that is `cancelled`, the
 * payload is gone afterwards.
 */
export async function download(
  order: DownloadOrder,
  ports: DownloadPorts,
  signal: AbortSignal,
): Promise<DownloadResult> {
  for (let restarts = 0;; restarts++) {
    try {
      return await attemptDownload(order, ports, signal);
    } catch (error) {
      if (!isCode(error, "manifest_changed") || restarts >= MAX_RESTARTS) throw error;
      logger("download").info("{game_id} begins anew: {reason}", {
        game_id: order.game_id,
        reason: messageOf(error),
      });
    }
  }
}

async function attemptDownload(
  order: DownloadOrder,
  ports: DownloadPorts,
  signal: AbortSignal,
): Promise<DownloadResult> {
  const { plan, files } = await planned(order, ports, signal).catch(async (error) => {
    if (isCode(signal.reason, "cancelled")) await takeLeftAlong(order, ports);
    throw error;
  });
  const entry = ports.journal.begin(ports.game_dir, plan.manifest, order.previous);
  try {
    return await run({ plan, files, entry }, ports, signal).catch(async (error) => {
      if (!isCode(error, "manifest_changed")) throw error;
      await ports.clock.sleep(RESTART_PAUSE_MS, signal);
      throw error;
    });
  } catch (error) {
    await endEarly(files, entry, isCode(signal.reason, "cancelled"));
    throw error;
  }
}

async function planned(order: DownloadOrder, ports: DownloadPorts, signal: AbortSignal) {
  const plan = await askForPlan(order, ports, signal);
  const files = new GameFiles(ports.game_dir, order.game_id, plan.manifest.files);
  await files.check(signal);
  return { plan, files };
}

/** Cancelled before this try began: what an earlier one left goes all the same. */
async function takeLeftAlong(
  { game_id }: DownloadOrder,
  { game_dir, journal }: DownloadPorts,
): Promise<void> {
  const left = journal.left(game_dir, game_id);
  if (left) await endEarly(new GameFiles(game_dir, game_id, left.files), left.entry, true);
}

async function run(attempt: Attempt, ports: DownloadPorts, signal: AbortSignal): Promise<DownloadResult> {
  const { plan: { manifest, sources }, files, entry } = attempt;
  const started_ms = ports.clock.now();
  const total_bytes = totalBytes(manifest.files);
  const chunks = [...chunksOf(manifest.files)];
  const sentinel = new MemoryFile(manifest.files.find(({ path }) => path === SENTINEL)?.size ?? 0);
  await using verification = new Verification(manifest, chunks, sentinel, ports, signal);
  await verification.ask(sources, signal);
  const done = await resume(attempt, chunks, verification, ports, signal);
  await prepare(files, signal);
  let scheduler = new Scheduler(chunks, done);
  let is_verified = false;
  ports.emit({
    event: "download-begin",
    game_id: manifest.game_id,
    total_bytes,
    file_count: manifest.files.length,
    resumed_bytes: scheduler.done_bytes,
    sources,
  });
  {
    using teller = new ProgressTeller(manifest.game_id, total_bytes, ports, () => scheduler.done_bytes);
    const parts = { manifest, files, sentinel, teller, verification, journal: entry };
    const pool = new SourcePool(manifest, ports);
    for (let [rounds, used] = [1, sources];; rounds++) {
      await transfer({ ...parts, pool, scheduler, sources: used }, ports, signal);
      const usable = scheduler.sourcesBySpeed(ports.clock.now());
      const { findings, liars, is_complete } = await verification.recheck(usable, signal);
      for (const peer_id of liars) {
        pool.dropped(peer_id, true);
        ports.onRejected(peer_id, CONTRADICTED);
      }
      for (const [chunk, decision] of findings) {
        tellFinding(manifest.game_id, chunk, verification.sendersOf(chunk), decision, ports.emit);
      }
      used = usable.filter((peer_id) => !liars.has(peer_id));
      const again = [...findings].filter(([, decision]) => isToComeAgain(decision));
      const wrong = new Set(again.map(([chunk]) => chunk));
      is_verified = is_complete;
      if (wrong.size === 0) break;
      if (rounds === MAX_ROUNDS) throw contradicted(manifest);
      await entry.forget([...wrong], signal);
      scheduler = new Scheduler(chunks, new Set(chunks.filter((chunk) => !wrong.has(chunk))));
      for (const event of whomToAvoid(again)) scheduler.handle(event, ports.clock.now());
    }
    teller.tell();
  }
  await commitDownload({ manifest, previous: entry.previous, files, sentinel: sentinel.bytes }, signal);
  await settle(attempt, ports, signal);
  const seconds = (ports.clock.now() - started_ms) / 1_000;
  return { bytes: total_bytes, seconds, verified: is_verified };
}

function contradicted({ game_id }: Manifest): LanspreadError {
  return new LanspreadError(
    "download_failed",
    `Cannot download ${game_id}: its sources say something else of the same bytes again and again; try again`,
  );
}

/** The chunks of earlier tries that need not come again; the journal forgets the others before they are written over. */
async function resume(
  { plan: { manifest, sources }, entry }: Attempt,
  chunks: readonly Chunk[],
  verification: Verification,
  ports: DownloadPorts,
  signal: AbortSignal,
): Promise<Set<Chunk>> {
  const journal = await entry.chunks(signal);
  const { votes, votes: { order } } = verification;
  const isWrong = (chunk: JournalChunk) => votes.isOutvoted(chunk, chunk.sha256, sources);
  const trusted = await trustedChunks(manifest, journal, { ...ports, isWrong }, signal);
  const is_trusted = new Set(trusted);
  await entry.forget(journal.filter((chunk) => !is_trusted.has(chunk)), signal);
  const done = new Set<Chunk>();
  for await (const some of inTurns(trusted, CHUNKS_AT_ONCE, signal)) {
    for (const chunk of some) {
      const same = chunks[order.indexOf(chunk) ?? -1];
      if (!same) continue;
      verification.resumed(same, chunk.sha256);
      done.add(same);
    }
  }
  return done;
}

/** From here on the game counts as not downloaded. */
async function prepare(files: GameFiles, signal: AbortSignal): Promise<void> {
  try {
    await ensureDir(files.root);
    await parkSentinel(files.root);
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot download ${files.game_id}`);
  }
  await files.create(signal);
}

/** It is committed: what is left to do is of use, and no reason to call it a failure. */
async function settle(
  { plan: { manifest }, entry }: Attempt,
  ports: DownloadPorts,
  signal: AbortSignal,
): Promise<void> {
  try {
    const chunks = await entry.chunks(signal).finally(() => entry.end());
    await adoptHashes(ports.hashes, ports.game_dir, manifest, chunks, signal);
  } catch (error) {
    logger("download").warn("{game_id} is downloaded, but its hashes could not be kept: {reason}", {
      game_id: manifest.game_id,
      reason: messageOf(error),
    });
  }
}
