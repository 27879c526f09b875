/**
 * The library without a game to show: why, and what to do.
 *
 * @module
 */

import { FILTER_LABELS } from "../state/filters.ts";
import { linkTo } from "../state/router.ts";
import { games, machines, settings } from "../state/store.ts";
import { filter, query } from "../state/ui.ts";
import { Empty } from "./empty.tsx";

/** What stands instead of games. */
export function LibraryEmpty() {
  if (games.value.length > 0) return <NothingFound />;
  return machines.value.size > 0 ? <NobodyHasGames /> : <Alone />;
}

function NothingFound() {
  const clear = () => {
    query.value = "";
    filter.value = "all";
  };
  const words = query.value.trim();
  const where = filter.value === "all" ? "" : ` under “${FILTER_LABELS[filter.value]}”`;
  return (
    <Empty icon="search" title={words ? `No game matches “${words}”${where}` : `No game${where} now`}>
      <button type="button" class="button plain" onClick={clear}>Show all games</button>
    </Empty>
  );
}

function NobodyHasGames() {
  return (
    <Empty icon="library" title="No games yet">
      <p>
        The machines that are here share nothing so far. Put a game into{" "}
        <code>{settings.value?.game_dir}</code> and it appears here and everywhere else.
      </p>
    </Empty>
  );
}

function Alone() {
  return (
    <Empty icon="machines" title="Waiting for other machines">
      <p>Start lanspread on another machine of this network. Its games appear here within a second.</p>
      <p>
        Nobody comes? <a href={linkTo("machines")}>See what to check</a>.
      </p>
    </Empty>
  );
}
