/**
 * Everything that runs now, a card each.
 *
 * @module
 */

import type { Game } from "../state/model.ts";
import { LiveCard } from "./live_card.tsx";

/** The cards. */
export function LiveCards({ games }: { games: readonly Game[] }) {
  return (
    <section class="live" aria-label="Running now">
      {games.map((game) => <LiveCard key={game.id} game={game} />)}
    </section>
  );
}
