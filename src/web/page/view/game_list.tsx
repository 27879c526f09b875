/**
 * The games as grid or list. Of very many the first are drawn at once and the others picture by picture, so that the
 * page answers at any time.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import type { Game } from "../state/model.ts";
import { layout } from "../state/ui.ts";
import { GameRow } from "./game_row.tsx";
import { GameTile } from "./game_tile.tsx";

/** How many are drawn at a time. */
const STEP = 120;

/** All games that are given, in their order. */
export function GameList({ games }: { games: readonly Game[] }) {
  const drawn = useGrowing(games.length);
  const Item = layout.value === "grid" ? GameTile : GameRow;
  return (
    <ul class={layout.value} aria-label="Games">
      {games.slice(0, drawn).map((game) => <Item key={game.id} game={game} />)}
    </ul>
  );
}

/** From `STEP` to `total`, a step with each picture. */
function useGrowing(total: number): number {
  const [count, setCount] = useState(STEP);
  const shown = Math.min(count, Math.max(total, STEP));
  useEffect(() => {
    if (shown >= total) return setCount(shown);
    const frame = requestAnimationFrame(() => setCount(shown + STEP));
    return () => cancelAnimationFrame(frame);
  }, [shown, total]);
  return shown;
}
