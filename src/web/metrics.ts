/**
 * The figures of a running peer as Prometheus reads them (text exposition format 0.0.4). Pure.
 *
 * @module
 */

import type { PeerSnapshot } from "../peer/command_desk.ts";
import type { OperationKind } from "../peer/events.ts";

/** The content type that Prometheus asks for. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What is shown. */
export interface Figures {
  version: string;
  snapshot: PeerSnapshot;
  /** Resident memory of the process. */
  resident_bytes: number;
  /** Readers of the event stream. */
  listeners: number;
}

interface Metric {
  name: string;
  type: "counter" | "gauge";
  help: string;
  samples: [labels: Record<string, string>, value: number][];
}

const OPERATIONS: readonly OperationKind[] = [
  "download",
  "install",
  "update",
  "stream-install",
  "uninstall",
  "remove",
];

/** All metrics as text. */
export function renderMetrics(figures: Figures): string {
  return metricsOf(figures).map(renderMetric).join("");
}

function metricsOf({ version, snapshot, resident_bytes, listeners }: Figures): Metric[] {
  const { status, games, peers, transferred, held_ms, settings } = snapshot;
  const nameOf = new Map(peers.map(({ peer_id, name }) => [peer_id, name]));
  const who = ({ peer_id }: typeof transferred[number]) =>
    peer_id === undefined ? { peer: "others" } : { peer: peer_id, name: nameOf.get(peer_id) ?? "" };
  const count = (kind: OperationKind) =>
    status.operations.filter(({ operation }) => operation === kind).length;
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    type: "gauge",
    help,
    samples: [[{}, value]],
  });
  return [
    {
      ...gauge("lanspread_info", "1, with what runs here.", 1),
      samples: [[{ version, peer_id: status.peer_id, quic: status.quic }, 1]],
    },
    {
      name: "lanspread_transfer_bytes_total",
      type: "counter",
      help: "Bytes of games, by direction and peer.",
      samples: transferred.flatMap((one) => [
        [{ direction: "sent", ...who(one) }, one.sent_bytes] as [Record<string, string>, number],
        [{ direction: "received", ...who(one) }, one.received_bytes] as [Record<string, string>, number],
      ]),
    },
    {
      name: "lanspread_limit_bytes_per_second",
      type: "gauge",
      help: "The limits that are set, by direction; none where there is no limit.",
      samples: [
        ...settings.limit_up === null ? [] : [sample("sent", settings.limit_up)],
        ...settings.limit_down === null ? [] : [sample("received", settings.limit_down)],
      ],
    },
    {
      name: "lanspread_limit_held_seconds_total",
      type: "counter",
      help: "For how long a limit has held transfers back, by direction.",
      samples: [sample("sent", held_ms.up / 1_000), sample("received", held_ms.down / 1_000)],
    },
    {
      name: "lanspread_operations",
      type: "gauge",
      help: "Operations that run now, by kind.",
      samples: OPERATIONS.map((operation) => [{ operation }, count(operation)]),
    },
    gauge("lanspread_library_revision", "Revision of the announced library.", status.library_rev),
    gauge("lanspread_peers", "Other peers that are known now.", status.peer_count),
    gauge("lanspread_games", "Games of the list.", games.length),
    gauge("lanspread_games_downloaded", "Games that are downloaded here.", downloaded(games)),
    gauge("lanspread_event_listeners", "Readers of the event stream.", listeners),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", resident_bytes),
  ];
}

function sample(direction: "sent" | "received", value: number): [Record<string, string>, number] {
  return [{ direction }, value];
}

function downloaded(games: PeerSnapshot["games"]): number {
  return games.filter((game) => game.downloaded).length;
}

function renderMetric({ name, type, help, samples }: Metric): string {
  const lines = samples.map(([labels, value]) => `${name}${renderLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function renderLabels(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
