/**
 * What any swarm shows by itself: who met, which source sent how much, how operations ended, what was refused. Pure.
 *
 * @module
 */

import type { Facts } from "./evidence.ts";
import type { Line, PeerProcess } from "./swarm.ts";

const MIB = 1024 * 1024;
const ENDS = new Set([
  ...[
    "download-failed",
    "download-cancelled",
    "download-peers-gone",
    "download-chunk-corrupt",
    "download-chunk-disputed",
  ],
  ...["install-finished", "install-failed", "uninstall-finished", "uninstall-failed"],
  ...["remove-finished", "remove-failed", "no-peers-have-game", "runtime-failed"],
]);

/** The facts of all that these peers printed; a name with two lives counts as two processes. */
export function swarmEvidence(peers: readonly Pick<PeerProcess, "name" | "lines">[]): Facts {
  const lines = peers.flatMap((peer) => peer.lines);
  return {
    "peer processes": peers.length,
    ...some("meetings", lines.filter(({ event }) => event === "peer-connected").length),
    ...some("peers lost", counted(lines.flatMap((line) => line.event === "peer-lost" ? [line.reason] : []))),
    ...some("downloads", downloads(lines)),
    ...received(peers),
    ...some("events", counted(lines.flatMap(({ event }) => ENDS.has(event) ? [event] : []))),
    ...some("refused", counted(lines.flatMap(refusal))),
  };
}

function some(what: string, value: string | number): Facts {
  return value === "" || value === 0 ? {} : { [what]: value };
}

function refusal(line: Line): string[] {
  return line.event === "result" && line.error ? [`${line.command} ${line.error.code}`] : [];
}

/** "3 x, 1 y". */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
}

function downloads(lines: readonly Line[]): string {
  const finished = lines.flatMap((line) => line.event === "download-finished" ? [line] : []);
  return finished.map(({ bytes, seconds }) => `${size(bytes)} in ${seconds.toFixed(2)} s`).join(", ");
}

/** What each peer got from each source. */
function received(peers: readonly Pick<PeerProcess, "name" | "lines">[]): Facts {
  const names = new Map<string, string>();
  for (const { name, lines } of peers) {
    for (const line of lines) if (line.event === "cli-started") names.set(line.peer_id, name);
  }
  const facts: Facts = {};
  for (const { name, lines } of peers) {
    const shares = new Map<string, { chunks: number; bytes: number }>();
    for (const line of lines) {
      if (line.event !== "download-chunk-finished") continue;
      const source = names.get(line.peer_id) ?? `played ${line.peer_id.slice(0, 4)}`;
      const { chunks, bytes } = shares.get(source) ?? { chunks: 0, bytes: 0 };
      shares.set(source, { chunks: chunks + 1, bytes: bytes + line.length });
    }
    if (shares.size > 0) facts[`${name} got`] = [...shares].map(shareText).join(", ");
  }
  return facts;
}

function shareText([source, { chunks, bytes }]: [string, { chunks: number; bytes: number }]): string {
  return `${size(bytes)} in ${chunks} ${chunks === 1 ? "chunk" : "chunks"} from ${source}`;
}

function size(bytes: number): string {
  return bytes < MIB ? `${bytes} B` : `${Number((bytes / MIB).toFixed(1))} MiB`;
}
