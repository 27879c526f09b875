/**
 * The chapters in which a game comes to a peer: download, install, and a comparison of every byte.
 *
 * @module
 */

import { join } from "../../src/base/std/path.ts";
import type { Stage } from "./chapters.ts";
import { checkCopy, type Checked, checkInstall, total } from "./check.ts";
import { formatBytes, formatCount, formatSeconds, formatSpeed } from "./format.ts";
import { type Game, holderOf } from "./games.ts";
import { type Member, PEERS } from "./party.ts";
import type { Screen } from "./screen.ts";
import type { Cell } from "./table.ts";
import { type Download, type Install, Transfer } from "./transfer.ts";

/** What became of one game. */
export interface Outcome {
  game: Game;
  download: Download;
  install: Install;
  checked: Checked;
}

/** Downloads a game onto `receiver`, lets it be installed, and compares every byte; all of it in detail. */
export async function fetchInDetail(stage: Stage, receiver: Member, game: Game): Promise<Outcome> {
  const { screen, party, signal } = stage;
  screen.step(`Download of ${game.id} from ${game.holders.join(" and ")}`);
  const transfer = new Transfer(receiver, game, party, screen);
  const download = await transfer.download(signal);
  tellDownload(screen, download);
  screen.step("Install, by itself");
  const install = await transfer.install(signal, screen.live());
  screen.line("");
  screen.note(`${formatBytes(install.bytes)} unpacked in ${formatSeconds(install.seconds)}.`);
  screen.step("Comparison of every byte");
  const { installed, downloaded } = await check(stage, receiver, game);
  tellChecked(screen, game, installed, downloaded);
  return { game, download, install, checked: total([installed, downloaded]) };
}

/** The same in short. */
export async function fetchInShort(stage: Stage, receiver: Member, game: Game): Promise<Outcome> {
  const { screen, party, signal } = stage;
  screen.step(`One more: ${game.id}`);
  const transfer = new Transfer(receiver, game, party, screen);
  const download = await transfer.download(signal);
  const install = await transfer.install(signal);
  const { installed, downloaded } = await check(stage, receiver, game);
  const checked = total([installed, downloaded]);
  screen.line("");
  screen.note(
    `Downloaded in ${formatSeconds(download.seconds)}, installed in ${formatSeconds(install.seconds)}, ` +
      `${formatCount(checked.files, "file")} equal byte for byte.`,
  );
  return { game, download, install, checked };
}

function tellDownload(screen: Screen, { bytes, seconds, archive_chunks, looks, lag_ms }: Download): void {
  const letters = archive_chunks.map((name) => screen.paint(PEERS[name], name.slice(0, 1)));
  screen.line("");
  screen.note(`${formatBytes(bytes)} in ${formatSeconds(seconds)}: ${formatSpeed(bytes / seconds)}.`);
  screen.note(`Who sent which 16 MiB of the archive: ${letters.join(" ")}`);
  screen.note(
    `version.ini marks a complete game: not there in ${formatCount(looks, "look")} while bytes arrived, ` +
      `written last, ${lag_ms} ms after the archive.`,
  );
}

/** Holds the install against the original content, and the download against the files of a holder. */
async function check(
  { party, signal }: Stage,
  receiver: Member,
  game: Game,
): Promise<{ installed: Checked; downloaded: Checked }> {
  const copy = party.gameRoot(receiver.name, game.id);
  return {
    installed: await checkInstall(join(copy, "local"), game, signal),
    downloaded: await checkCopy(copy, party.gameRoot(holderOf(game), game.id), signal),
  };
}

function tellChecked(screen: Screen, game: Game, installed: Checked, downloaded: Checked): void {
  const row = (what: string, { files, folders, bytes }: Checked, against: string): Cell[] => [
    what,
    formatBytes(bytes),
    [formatCount(files, "file"), ...folders > 0 ? [formatCount(folders, "folder")] : []].join(", "),
    { text: `equal to ${against}`, style: "green" },
  ];
  screen.table(["compared", "bytes", "in", "result"], [
    row("install", installed, "the original content"),
    row("download", downloaded, `what ${holderOf(game)} has`),
  ], [1]);
}
