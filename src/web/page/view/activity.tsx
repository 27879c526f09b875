/**
 * What runs and what has ended.
 *
 * @module
 */

import { formatTime } from "../state/format.ts";
import type { LogLine } from "../state/model.ts";
import { linkTo, linkToGame } from "../state/router.ts";
import { busy, gameOf, log } from "../state/store.ts";
import { wordsOf } from "../state/words.ts";
import { Empty } from "./empty.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { LiveCards } from "./live_cards.tsx";

/** The view. */
export function Activity() {
  const is_quiet = busy.value.length === 0 && log.value.length === 0;
  return (
    <>
      <div class="view-head">
        <h1 tabIndex={-1}>Activity</h1>
      </div>
      {busy.value.length > 0 && <LiveCards games={busy.value} />}
      {is_quiet && (
        <Empty icon="activity" title="Nothing has happened yet">
          <p>
            Downloads and installs appear here while they run. <a href={linkTo("library")}>Choose a game</a>.
          </p>
        </Empty>
      )}
      {log.value.length > 0 && (
        <section aria-labelledby="log-title">
          <h2 id="log-title" class="section-title">Earlier</h2>
          <ol class="log card">{log.value.map((line) => <Line key={line.key} line={line} />)}</ol>
        </section>
      )}
    </>
  );
}

const ICONS: Record<string, IconName> = { good: "check", bad: "alert", neutral: "activity" };

function Line({ line: { event, at_ms, count } }: { line: LogLine }) {
  const words = wordsOf(event, (id) => gameOf(id)?.name ?? id, count);
  if (!words) return null;
  const game_id = "game_id" in event ? event.game_id : undefined;
  return (
    <li data-mood={words.mood}>
      <Icon name={ICONS[words.mood] ?? "activity"} />
      <div>
        <p class="log-text">{game_id ? <a href={linkToGame(game_id)}>{words.text}</a> : words.text}</p>
        {words.detail && <p class="log-detail">{words.detail}</p>}
      </div>
      <time dateTime={new Date(at_ms).toISOString()}>{formatTime(at_ms)}</time>
    </li>
  );
}
