/**
 * Size, versions and place of a game.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { formatBytes } from "../state/format.ts";
import type { Game } from "../state/model.ts";
import type { Details } from "./use_details.ts";
import { settings } from "../state/store.ts";

/** The facts. */
export function GameFacts({ game, details }: { game: Game; details: Details }) {
  const is_here = game.installed || game.downloaded;
  const folder = details?.folder;
  return (
    <dl class="facts">
      {game.size > 0 && <Fact name="Download">{formatBytes(game.size)}</Fact>}
      <Fact name={settings.value?.catalog ? "Version of this party" : "Newest version"}>
        {game.version ?? "unknown"}
      </Fact>
      {is_here && <Fact name="Version here">{game.local_version ?? "unknown"}</Fact>}
      {is_here && folder && (
        <Fact name="Folder">
          <code>{folder}</code>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
