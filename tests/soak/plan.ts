/**
 * What happens in a soak: a list of actions with times, a pure function of the seed and the options. The same seed gives
 * the same list on every machine; what comes of it depends on real time.
 *
 * The planner keeps a hopeful model of who holds what, so that most actions make sense when they come; some are drawn
 * without it, so that refusals are seen as well.
 *
 * @module
 */

import { Random } from "../simulation/random.ts";
import { GAME_COUNT } from "./games.ts";

/** What a peer is told. */
export const COMMANDS = [
  ...["download", "fetch-latest", "stream-install", "install", "update", "uninstall"] as const,
  ...["remove-downloaded", "cancel-download"] as const,
];
/** What happens around the peers: games that come and go by hand, power, cables, disks. */
export const EVENTS = [
  ...["publish", "add", "delete", "touch", "corrupt", "kill", "stop", "cut", "fill"] as const,
];
export type ActionKind = typeof COMMANDS[number] | typeof EVENTS[number];

/** One action. */
export interface Action {
  /** After the beginning of the round. */
  readonly at_ms: number;
  readonly kind: ActionKind;
  /** Whom it happens to. */
  readonly peer: number;
  /** Which game; means nothing to power, cables and disks. */
  readonly game: number;
  /** The version that is put there by hand; 0 otherwise. */
  readonly version: number;
  /** Whether an install follows the download. */
  readonly install: boolean;
  /** How long power, cable or disk space are away; 0 otherwise. */
  readonly ms: number;
}

/** A stormy time; quiet follows. */
export interface Round {
  readonly storm_ms: number;
  readonly actions: readonly Action[];
}

/** What a plan is made from. */
export interface PlanOptions {
  readonly seed: number;
  readonly peers: number;
  readonly minutes: number;
}

/** The first so many peers stay up all the time, so that what leaks shows. */
export const STEADY_PEERS = 2;
/** The last so many have a small disk that can be full. */
export const SMALL_PEERS = 2;
const STORM_MS = 40_000;
const ROUND_MS = 60_000;
/** The mean time between two actions of one peer. */
const PEER_PAUSE_MS = 1_800;
const WILD = 0.12;
const OUTAGE_MS: Partial<Record<ActionKind, readonly [number, number]>> = {
  kill: [0, 6_000],
  stop: [0, 6_000],
  cut: [300, 12_000],
  fill: [1_000, 8_000],
};
const WEIGHTS: Readonly<Record<ActionKind, number>> = {
  download: 28,
  "fetch-latest": 14,
  "stream-install": 8,
  install: 9,
  update: 6,
  uninstall: 9,
  "remove-downloaded": 8,
  "cancel-download": 7,
  publish: 3,
  add: 6,
  delete: 4,
  touch: 3,
  corrupt: 4,
  kill: 4,
  stop: 2,
  cut: 4,
  fill: 2,
};

interface Held {
  version: number;
  installed: number;
}

/** The hopeful model: whatever is begun goes well. */
class Hopes {
  readonly held: Held[][];
  readonly newest = Array.from({ length: GAME_COUNT }, () => 1);
  /** Downloads that were begun last, the newest last. */
  readonly begun: { peer: number; game: number }[] = [];

  constructor(peers: number) {
    this.held = Array.from({ length: peers }, (_, peer) => {
      return Array.from(
        { length: GAME_COUNT },
        (_, game) => ({ version: holdsAtFirst(peer, game) ? 1 : 0, installed: 0 }),
      );
    });
  }

  /** Who would do it with which game. */
  candidates(kind: ActionKind): { peer: number; game: number }[] {
    if (kind === "cancel-download") return this.begun.slice(-2);
    const found = [];
    for (const [peer, games] of this.held.entries()) {
      for (const [game, held] of games.entries()) {
        if (kind === "corrupt" && !this.#canBeOutvoted(game)) continue;
        if (this.#makesSense(kind, peer, held, this.newest[game] ?? 1)) found.push({ peer, game });
      }
    }
    return found;
  }

  /** Whether two others hold what one of them holds damaged, and somebody is left to download it. */
  #canBeOutvoted(game: number): boolean {
    const holders = this.held.filter((games) => games[game]?.version === this.newest[game]).length;
    return holders >= 3 && holders < this.held.length;
  }

  #makesSense(kind: ActionKind, peer: number, { version, installed }: Held, newest: number): boolean {
    switch (kind) {
      case "download":
        return version === 0;
      case "fetch-latest":
        return version > 0 && version < newest;
      case "stream-install":
        return version < newest && installed < newest;
      case "install":
        return version > 0 && installed === 0;
      case "update":
        return installed > 0 && version > installed;
      case "uninstall":
        return installed > 0;
      case "remove-downloaded":
      case "delete":
        return version > 0 && installed === 0;
      case "touch":
      case "corrupt":
        return version === newest;
      case "add":
        return version === 0;
      case "kill":
      case "stop":
        return peer >= STEADY_PEERS;
      case "fill":
        return peer >= this.held.length - SMALL_PEERS;
      default:
        return true;
    }
  }

  /** As if it had gone well. */
  note({ kind, peer, game, version, install }: Action): void {
    const held = this.held[peer]?.[game];
    if (!held) return;
    const newest = this.newest[game] ?? 1;
    if (kind === "publish") this.newest[game] = version;
    if (kind === "publish" || kind === "add") held.version = version;
    if (kind === "download" || kind === "fetch-latest") {
      held.version = newest;
      if (install) held.installed = newest;
      this.begun.push({ peer, game });
    }
    if (kind === "install" || kind === "update") held.installed = held.version;
    if (kind === "stream-install") held.installed = newest;
    if (kind === "uninstall") held.installed = 0;
    if (kind === "remove-downloaded" || kind === "delete" || kind === "cancel-download") held.version = 0;
  }
}

/** Whether a peer has a game when the soak begins: two games each. */
export function holdsAtFirst(peer: number, game: number): boolean {
  return peer % GAME_COUNT === game || (peer + 1) % GAME_COUNT === game;
}

/** Plans a soak. Pure. */
export function planSoak({ seed, peers, minutes }: PlanOptions): Round[] {
  const random = new Random(seed);
  const hopes = new Hopes(peers);
  const count = Math.max(1, Math.round(minutes * 60_000 / ROUND_MS));
  const storm_ms = Math.min(STORM_MS, minutes * 60_000 * STORM_MS / ROUND_MS);
  return Array.from({ length: count }, () => ({
    storm_ms,
    actions: planStorm(random, hopes, storm_ms, PEER_PAUSE_MS / peers),
  }));
}

function planStorm(random: Random, hopes: Hopes, storm_ms: number, pause_ms: number): Action[] {
  const actions: Action[] = [];
  for (let at_ms = 0;;) {
    at_ms += Math.round(random.next() * 2 * pause_ms);
    if (at_ms >= storm_ms) return actions;
    const action = planAction(random, hopes, at_ms);
    hopes.note(action);
    actions.push(action);
  }
}

function planAction(random: Random, hopes: Hopes, at_ms: number): Action {
  const kind = pickKind(random);
  const candidates = hopes.candidates(kind);
  // Power and disks never take whom they must not.
  const is_wild = !["kill", "stop", "fill"].includes(kind) && random.chance(WILD);
  const anyone = { peer: random.int(0, hopes.held.length - 1), game: random.int(0, GAME_COUNT - 1) };
  const { peer, game } = is_wild || candidates.length === 0 ? anyone : random.pick(candidates);
  const newest = hopes.newest[game] ?? 1;
  const [least_ms, most_ms] = OUTAGE_MS[kind] ?? [0, 0];
  return {
    at_ms,
    kind,
    peer,
    game,
    version: kind === "publish"
      ? newest + 1
      : kind === "add"
      ? random.int(Math.max(1, newest - 1), newest)
      : 0,
    install: random.chance(0.6),
    ms: random.int(least_ms, most_ms),
  };
}

function pickKind(random: Random): ActionKind {
  const kinds = [...COMMANDS, ...EVENTS];
  const total = kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  let at = random.next() * total;
  return kinds.find((kind) => (at -= WEIGHTS[kind]) < 0) ?? "download";
}

/** A few words for one action, as the log of a soak shows it. */
export function actionText({ kind, peer, game, version, install, ms }: Action): string {
  const who = `p${peer}`;
  if (kind === "kill" || kind === "stop" || kind === "cut" || kind === "fill") {
    return `${who} ${kind} ${ms} ms`;
  }
  const which = version > 0 ? `g${game} v${version}` : `g${game}`;
  const is_download = kind === "download" || kind === "fetch-latest";
  return `${who} ${kind} ${which}${is_download && install ? " +install" : ""}`;
}
