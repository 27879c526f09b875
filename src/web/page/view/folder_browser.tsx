/**
 * Walks through the folders of this machine.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Folders } from "../../folders.ts";
import { formatCount } from "../state/format.ts";
import { foldersIn } from "../state/peer_api.ts";
import { Dialog } from "./dialog.tsx";
import { Icon, type IconName } from "./icons.tsx";

interface FolderBrowserProps {
  /** Where it begins; in the home where that can't be read. */
  start: string;
  onChoose: (path: string) => void;
  onClose: () => void;
}

/** A dialog that ends with a folder, or without. */
export function FolderBrowser({ start, onChoose, onClose }: FolderBrowserProps) {
  const here = useSignal<Folders | undefined>(undefined);
  const problem = useSignal("");
  // What was asked for last is shown, whichever answer comes last.
  const newest = useRef(0);
  const go = async (
    path: string,
    { name, otherwise }: { name?: string | undefined; otherwise?: string } = {},
  ) => {
    const number = ++newest.current;
    const isOld = () => number !== newest.current;
    try {
      const found = await foldersIn(path, name);
      if (isOld()) return;
      here.value = found;
      problem.value = "";
    } catch (error) {
      if (isOld()) return;
      if (otherwise !== undefined) return await go(otherwise);
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  useEffect(() => void go(start, { otherwise: "" }), []);
  const choose = () => {
    if (here.value) onChoose(here.value.path);
    onClose();
  };
  return (
    <Dialog name="Choose a folder" kind="question" onClose={onClose}>
      <h2>Choose a folder</h2>
      {here.value && <Level here={here.value} go={(path, name) => void go(path, { name })} />}
      <p class="problem" role="alert">{problem.value}</p>
      <div class="question-buttons">
        <button type="button" class="button plain" onClick={onClose}>Cancel</button>
        <button type="button" class="button get" disabled={!here.value} onClick={choose}>
          Choose this one
        </button>
      </div>
    </Dialog>
  );
}

function Level({ here, go }: { here: Folders; go: (path: string, name?: string) => void }) {
  const { path, parent, folders, game_count } = here;
  return (
    <>
      <p class="browser-path">
        <code>{path}</code>
        {game_count > 0 && <span class="tag">{formatCount(game_count, "game")}</span>}
      </p>
      <ul class="browser" aria-label="Folders">
        {parent !== null && <Entry name="Up one level" icon="up" onOpen={() => go(parent)} />}
        {folders.map((name) => <Entry key={name} name={name} onOpen={() => go(path, name)} />)}
      </ul>
    </>
  );
}

function Entry(
  { name, icon = "folder", onOpen }: { name: string; icon?: IconName; onOpen: () => void },
) {
  return (
    <li>
      <button type="button" onClick={onOpen}>
        <Icon name={icon} />
        {name}
      </button>
    </li>
  );
}
