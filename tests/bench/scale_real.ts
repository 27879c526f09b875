/**
 * Many real peers on one machine, each on a host of its own: how soon all know all and how soon a change is everywhere,
 * what both cost on the wire, what multicast DNS costs, and what a peer takes of memory.
 *
 * @module
 */

import { Lan, type LanHost } from "../support/lan.ts";
import { type PeerProcess, Swarm } from "../support/swarm.ts";
import { until } from "../support/deadline.ts";
import { median, rounds } from "./figures.ts";
import { gameId, makeRoot, makeRoots } from "./game_roots.ts";
import { atInterrupt } from "./interrupt.ts";
import { MdnsTap, total } from "./mdns_tap.ts";
import { residentBytes } from "./process_figures.ts";

const GAMES_EACH = 5;
const CHANGES = 5;
/** Traffic of a change is looked at for that long, and what flowed in as long a time before it is taken off. */
const WINDOW_S = 4;
const MEETING_MS = 180_000;
const CHANGE_MS = 60_000;
const QUIET = ["--log", "warning"];

/** How long it sits and counts. */
export interface Patience {
  /** After the last peer was ready; until then everything counts as the start. */
  readonly settle_s: number;
  readonly rest_s: number;
}

/** What was seen with `n` peers. Bytes on the wire are those of whole packets, sent and received. */
export interface Real {
  readonly n: number;
  /** From the first start until the last one is ready: processes that start at once share the processor. */
  readonly ready_ms: number;
  /** From then on until all know all. */
  readonly meeting_ms: number;
  /** From the rename on one disk to the lists of all others; the median of some. */
  readonly converge_ms: number;
  /** Of the peer that changed; what one push is to each of the others is lost in what flows at rest. */
  readonly changed_bytes: number;
  /** What a peer sends from its start until a minute after all were ready. */
  readonly mdns_start_packets: number;
  readonly mdns_start_bytes: number;
  /** What a peer sends in a minute after that. */
  readonly mdns_rest_packets: number;
  readonly mdns_rest_bytes: number;
  /** All that a peer sends and receives in a second at rest. */
  readonly rest_bytes: number;
  readonly resident_bytes: number;
}

/** Measures with `n` peers. */
export async function measureScale(n: number, { settle_s, rest_s }: Patience): Promise<Real> {
  await using stack = new AsyncDisposableStack();
  const lan = stack.use(atInterrupt(await Lan.lay(n + 1)));
  const swarm = stack.use(atInterrupt(await Swarm.make()));
  const tap = stack.use(atInterrupt(await MdnsTap.start(lan.host(n))));
  const began_ms = performance.now();
  const members = await Promise.all(
    lan.hosts.slice(0, n).map(async (host, at) => {
      makeRoots(swarm.gameDir(`p${at}`), GAMES_EACH);
      return { host, peer: await swarm.start(`p${at}`, { host, args: QUIET }) };
    }),
  );
  const ready_ms = performance.now() - began_ms;
  await until("all know all", async () => {
    const counts = await Promise.all(members.map(({ peer }) => peer.ok("peer-count")));
    return counts.every(({ count }) => count === n - 1);
  }, MEETING_MS);
  const meeting_ms = performance.now() - began_ms;
  await sit(settle_s - (meeting_ms - ready_ms) / 1_000);
  const start = total(await tap.heard());
  const [wire_before, rest_from_ms] = [await wireBytes(members), performance.now()];
  await sit(rest_s);
  const rest = total(await tap.heard());
  const rest_bytes = (sum(await wireBytes(members)) - sum(wire_before)) / n /
    ((performance.now() - rest_from_ms) / 1_000);
  const resident_bytes = median(members.map(({ peer }) => residentBytes(peer.pid) ?? 0));
  const changes = await rounds(CHANGES, (round) => change(swarm, members, round));
  const a_minute = (value: number) => value / n * 60 / rest_s;
  return {
    n,
    ready_ms,
    meeting_ms: meeting_ms - ready_ms,
    converge_ms: median(changes.map(({ converge_ms }) => converge_ms)),
    changed_bytes: median(changes.map(({ changed_bytes }) => changed_bytes)),
    mdns_start_packets: start.packets / n,
    mdns_start_bytes: start.bytes / n,
    mdns_rest_packets: a_minute(rest.packets - start.packets),
    mdns_rest_bytes: a_minute(rest.bytes - start.bytes),
    rest_bytes,
    resident_bytes,
  };
}

interface Member {
  readonly host: LanHost;
  readonly peer: PeerProcess;
}

interface Change {
  readonly converge_ms: number;
  readonly changed_bytes: number;
}

/** One game more on one disk, until it is in every other list. */
async function change(
  swarm: Swarm,
  members: readonly Member[],
  round: number,
): Promise<Change> {
  const at = round % members.length;
  const others = members.filter((_, n) => n !== at);
  const id = GAMES_EACH + round;
  const root = makeRoot(swarm.gameDir(`p${at}`), id, { sentinel: false });
  // The others' watchers have seen the folder come before the sentinel does.
  await sit(1);
  await Deno.writeTextFile(`${root}/version.ini.new`, "1.0\n");
  const rest = await wireGrowth(members, () => sit(WINDOW_S));
  const marks = others.map(({ peer }) => peer.lines.length);
  let converge_ms = 0;
  const grown = await wireGrowth(members, async () => {
    const began_ms = performance.now();
    await Deno.rename(`${root}/version.ini.new`, `${root}/version.ini`);
    await Promise.all(others.map(({ peer }, n) => listed(peer, id, marks[n] ?? 0)));
    converge_ms = performance.now() - began_ms;
    await sit(WINDOW_S - converge_ms / 1_000);
  });
  return { converge_ms, changed_bytes: (grown[at] ?? 0) - (rest[at] ?? 0) };
}

async function listed(peer: PeerProcess, id: number, from: number): Promise<void> {
  await peer.event(
    "games-list-updated",
    ({ games }) => games.some((game) => game.id === gameId(id)),
    { from, ms: CHANGE_MS },
  );
}

/** What each host's cable carries while `work` is done. */
async function wireGrowth(members: readonly Member[], work: () => Promise<void>): Promise<number[]> {
  const before = await wireBytes(members);
  await work();
  const after = await wireBytes(members);
  return after.map((bytes, n) => bytes - (before[n] ?? 0));
}

/** What each host's cable carried so far, both ways. */
async function wireBytes(members: readonly Member[]): Promise<number[]> {
  return await Promise.all(members.map(({ host }) => host.carriedBytes()));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function sit(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds) * 1_000));
}
