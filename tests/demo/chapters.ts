/**
 * The chapters of the demo, each one step on the screen: it does something with real peers and shows what came
 * of it.
 *
 * @module
 */

import { abortable } from "../../src/base/abort.ts";
import { formatBytes, formatCount, formatMs } from "./format.ts";
import { copyGame, type Game, holderOf, sizeOf, writeGame } from "./games.ts";
import { type Member, type Party, PEERS } from "./party.ts";
import type { Screen } from "./screen.ts";
import type { Cell } from "./table.ts";

/** What every chapter works with. */
export interface Stage {
  screen: Screen;
  party: Party;
  games: readonly [big: Game, small: Game, other: Game];
  signal: AbortSignal;
}

/** Writes the games to the disks of those who hold them. */
export async function makeGames({ screen, party, games, signal }: Stage): Promise<void> {
  screen.step("Games");
  screen.note(
    "Made of seeded random bytes, packed into RAR archives, so that every byte can be checked later.",
  );
  screen.line("");
  for (const game of games) {
    const first = party.gameRoot(holderOf(game), game.id);
    await writeGame(first, game, signal);
    for (const name of game.holders.slice(1)) await copyGame(first, party.gameRoot(name, game.id), signal);
  }
  const rows = games.map((game): Cell[] => [
    game.id,
    game.version,
    formatBytes(sizeOf(game.files)),
    `${formatCount(game.files.length, "file")}, ${formatCount(game.folders.length, "folder")}`,
    game.holders.join(", "),
  ]);
  screen.table(["game", "version", "size", "inside", "on the disk of"], rows, [2]);
}

/** Starts the peers: first those with games, then the one without. */
export async function gather({ screen, party, games, signal }: Stage): Promise<Member> {
  screen.step("Peers");
  await Promise.all([party.join("alice", signal), party.join("bob", signal)]);
  const carol = await party.join("carol", signal);
  const rows = party.members.map(({ name, peer }): Cell[] => [
    { text: name, style: PEERS[name] },
    `${peer.pid}`,
    peer.addr,
    formatCount(games.filter(({ holders }) => holders.includes(name)).length, "game"),
  ]);
  screen.table(["peer", "process", "address (QUIC)", "library"], rows);
  return carol;
}

/** Waits until everybody has met everybody, and shows how long that took. */
export async function discover({ screen, party, signal }: Stage): Promise<void> {
  screen.step("Discovery by mDNS");
  screen.note("Nobody was told an address. Time from when both were ready until the handshake was done:");
  screen.line("");
  const { members } = party;
  const rows = await Promise.all(members.map(async (observer): Promise<Cell[]> => {
    const times = await Promise.all(members.map(async (other) => {
      return other === observer ? "-" : formatMs(await party.met(observer, other, signal));
    }));
    return [{ text: observer.name, style: PEERS[observer.name] }, ...times];
  }));
  screen.table(["", ...members.map(({ name }) => `sees ${name}`)], rows, [1, 2, 3]);
}

/** Shows what `viewer` can get from whom. */
export async function listGames({ screen, party, games, signal }: Stage, viewer: Member): Promise<void> {
  screen.step(`The games that ${viewer.name} sees`);
  for (const { id, holders } of games) {
    await abortable(viewer.peer.sources(id, holders.length), signal);
  }
  const list: ListedGame[] = (await abortable(viewer.peer.ok("list-games"), signal)).games;
  const rows = await Promise.all(list.map(async ({ id, version, size, downloaded }): Promise<Cell[]> => [
    id,
    version ?? "",
    formatBytes(size),
    downloaded ? "here" : "not here",
    (await party.holders(viewer, id, signal)).join(", "),
  ]));
  screen.table(["game", "version", "size", viewer.name, "sources"], rows, [2]);
}

interface ListedGame {
  id: string;
  version: string | null;
  size: number;
  downloaded: boolean;
}

/** Ends all peers. Throws where one ends with another exit code than 0. */
export async function sayGoodbye({ screen, party, signal }: Stage): Promise<void> {
  screen.step("Goodbye");
  const ends = await party.leave(signal);
  const bad = ends.find(({ exit_code }) => exit_code !== 0);
  if (bad) throw new Error(`${bad.name} ended with exit code ${bad.exit_code}`);
  screen.note("alice, bob and carol ended with exit code 0.");
}
