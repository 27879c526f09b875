/**
 * One running operation: how far, how fast, from whom, how long still.
 *
 * @module
 */

import { useComputed } from "@preact/signals";
import { busyLabel } from "../state/actions.ts";
import { formatBytes, formatCount, formatSeconds, formatSpeed, percentOf } from "../state/format.ts";
import type { Game, Live, Operation } from "../state/model.ts";
import { linkToGame } from "../state/router.ts";
import { liveOf } from "../state/store.ts";
import { ActionButton } from "./action_button.tsx";
import { Cover } from "./cover.tsx";
import { ProgressBar } from "./progress_bar.tsx";
import { Shares } from "./shares.tsx";
import { SpeedCurve } from "./speed_curve.tsx";

/** A card. */
export function LiveCard({ game }: { game: Game }) {
  const live = useComputed(() => liveOf(game.id)).value;
  if (!game.operation) return null;
  const percent = live && live.total_bytes > 0 ? percentOf(live.done_bytes, live.total_bytes) : undefined;
  return (
    <article
      class="card live-card"
      data-game={game.id}
      aria-label={`${labelOf(game.operation, live)} ${game.name}`}
    >
      <a class="live-cover" href={linkToGame(game.id)} aria-label={`Show ${game.name}`}>
        <Cover id={game.id} name={game.name} />
      </a>
      <div class="live-body">
        <div class="live-head">
          <div>
            <h2>{game.name}</h2>
            <p class="live-phase">{labelOf(game.operation, live) + fromWhom(live)}</p>
          </div>
          <ActionButton game={game} />
        </div>
        <ProgressBar percent={percent} label={`Progress of ${game.name}`} />
        {live && (
          <div class="live-detail">
            <Figures live={live} percent={percent} />
            <SpeedCurve speeds={live.speeds} />
          </div>
        )}
        {live && <Shares shares={live.shares} />}
      </div>
    </article>
  );
}

function labelOf(operation: Operation, live: Live | undefined): string {
  return live?.phase === "install" && operation === "download" ? "Installing" : busyLabel(operation);
}

function fromWhom(live: Live | undefined): string {
  return live?.phase === "download" && live.active_peers > 0
    ? ` from ${formatCount(live.active_peers, "machine")}`
    : "";
}

function Figures({ live, percent }: { live: Live; percent: number | undefined }) {
  return (
    <dl class="figures">
      <Figure name="Done" value={percent === undefined ? "…" : `${percent}%`} />
      <Figure name="Size" value={`${formatBytes(live.done_bytes)} of ${formatBytes(live.total_bytes)}`} />
      <Figure name="Speed" value={formatSpeed(live.bytes_per_s)} />
      <Figure name="Left" value={live.eta_s === null ? "…" : formatSeconds(live.eta_s)} />
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
