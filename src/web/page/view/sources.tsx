/**
 * Which machines have a game, and in which version; asked for anew when one of them says that something changed.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Holders } from "../../answer_schemas.ts";
import { formatBytes } from "../state/format.ts";
import type { Game } from "../state/model.ts";
import { holdersOf } from "../state/peer_api.ts";
import { model } from "../state/store.ts";

type Holder = Holders["holders"][number];

/** The machines; they that can send it come first. */
export function Sources({ game }: { game: Game }) {
  const holders = useSignal<readonly Holder[]>([]);
  const announced = model.value?.announced;
  useEffect(() => {
    let is_wanted = true;
    holdersOf(game.id).then((found) => is_wanted && (holders.value = found), () => {});
    return () => void (is_wanted = false);
  }, [game.id, announced]);
  const sorted = holders.value.toSorted((a, b) => Number(isSource(b, game)) - Number(isSource(a, game)));
  return (
    <section class="sources" aria-labelledby="sources-title">
      <h3 id="sources-title">Who has it</h3>
      {sorted.length === 0 && <p class="reason">No other machine that is here now.</p>}
      {sorted.length > 0 && (
        <ul>{sorted.map((holder) => <Source key={holder.peer_id} holder={holder} game={game} />)}</ul>
      )}
    </section>
  );
}

function Source({ holder, game }: { holder: Holder; game: Game }) {
  const { name, version, size } = holder;
  return (
    <li data-source={isSource(holder, game)}>
      <span class="source-name">{name}</span>
      <span class="source-version">{version ? `${version} · ${formatBytes(size)}` : ""}</span>
      <span class="source-word">{wordOf(holder, game)}</span>
    </li>
  );
}

function isSource({ version, downloaded, availability }: Holder, game: Game): boolean {
  return downloaded && availability === "ready" && version === game.version;
}

function wordOf(holder: Holder, game: Game): string {
  if (isSource(holder, game)) return "can send it";
  if (holder.downloaded && holder.availability === "ready") return "other version";
  return holder.installed ? "installed only" : "incomplete";
}
