/**
 * The library: what runs, search, filters, and the games as grid or list.
 *
 * @module
 */

import { useComputed } from "@preact/signals";
import { countByFilter, shownGames } from "../state/filters.ts";
import { busy, games } from "../state/store.ts";
import { filter, query } from "../state/ui.ts";
import { Filters } from "./filters.tsx";
import { GameList } from "./game_list.tsx";
import { LayoutSwitch } from "./layout_switch.tsx";
import { LibraryEmpty } from "./library_empty.tsx";
import { LiveCards } from "./live_cards.tsx";
import { Search } from "./search.tsx";

/** The view that everybody begins with. */
export function Library() {
  const shown = useComputed(() => shownGames(games.value, filter.value, query.value)).value;
  const counts = useComputed(() => countByFilter(games.value)).value;
  return (
    <>
      <div class="view-head">
        <h1 tabIndex={-1}>Library</h1>
        <Search />
        <LayoutSwitch />
      </div>
      {busy.value.length > 0 && <LiveCards games={busy.value} />}
      <Filters counts={counts} />
      <p class="unseen" role="status">{`${shown.length} of ${games.value.length} games shown`}</p>
      {shown.length === 0 && <LibraryEmpty />}
      {shown.length > 0 && <GameList games={shown} />}
    </>
  );
}
