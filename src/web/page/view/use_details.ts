/**
 * What is told of one game alone, asked for while its panel is open, and anew when it comes or goes.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { OneGame } from "../../answer_schemas.ts";
import type { Game } from "../state/model.ts";
import { detailsOf } from "../state/peer_api.ts";
import { settings } from "../state/store.ts";

/** `undefined` before it is known. */
export type Details = OneGame["game"] | undefined;

/** The details of the game that is shown. */
export function useDetails({ id, downloaded, installed }: Game): Details {
  const details = useSignal<Details>(undefined);
  const game_dir = settings.value?.game_dir;
  useEffect(() => {
    let is_wanted = true;
    detailsOf(id).then((found) => is_wanted && (details.value = found), () => {});
    return () => void (is_wanted = false);
  }, [id, downloaded, installed, game_dir]);
  return details.value;
}
