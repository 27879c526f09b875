/**
 * How everything grows with the number of peers: real ones on this machine, each on a host of its own, and more of them
 * simulated. Draws it where a file for the plot is named.
 *
 * @module
 */

import { whyNoLan } from "../support/lan.ts";
import { leftOut } from "../support/print.ts";
import { heading, mib, ms, row } from "./figures.ts";
import { fitPower, growth, type Point } from "./fit.ts";
import { type Panel, scalePlot } from "./scale_plot.ts";
import { measureScale, type Real } from "./scale_real.ts";
import { type Simulated, simulateScale } from "./scale_simulated.ts";

const REAL_COUNTS = [5, 10, 20, 30];
const SIMULATED_COUNTS = [10, 30, 100, 300];
const PATIENCE = { settle_s: 60, rest_s: 120 };

/** Measures and prints; writes the plot to `plot_file`. */
export async function benchScale(plot_file: string | undefined): Promise<void> {
  const real: Real[] = [];
  if (!leftOut("scale with real peers", await whyNoLan())) {
    for (const n of REAL_COUNTS) real.push(await measureReal(n));
    grow("grow", realPanels(real));
  }
  const simulated: Simulated[] = [];
  for (const n of SIMULATED_COUNTS) simulated.push(await measureSimulated(n));
  grow("grow, simulated", simulatedPanels(simulated));
  const panels = [...realPanels(real), ...simulatedPanels(simulated)];
  if (plot_file !== undefined) await Deno.writeTextFile(plot_file, scalePlot(panels));
}

async function measureReal(n: number): Promise<Real> {
  heading(`scale: ${n} peers on ${n} hosts`);
  const seen = await measureScale(n, PATIENCE);
  row("started all at once, the last one is ready after", ms(seen.ready_ms));
  row("from then on until all know all", ms(seen.meeting_ms));
  row("a change on one disk is in all other lists after", ms(seen.converge_ms));
  row("  on the wire of the peer that changed", `${kib(seen.changed_bytes)} KiB`);
  row(
    "multicast DNS that a peer sends until a minute after that",
    `${seen.mdns_start_packets.toFixed(1)} packets, ${kib(seen.mdns_start_bytes)} KiB`,
  );
  row(
    "multicast DNS that a peer sends in a minute at rest",
    `${seen.mdns_rest_packets.toFixed(1)} packets, ${kib(seen.mdns_rest_bytes)} KiB`,
  );
  row("all that a peer sends and receives at rest", `${kib(seen.rest_bytes)} KiB/s`);
  row("resident memory of a peer, median", `${mib(seen.resident_bytes)} MiB`);
  return seen;
}

async function measureSimulated(n: number): Promise<Simulated> {
  heading(`scale: ${n} simulated peers`);
  const seen = await simulateScale(n);
  row("a change is known to all after, simulated", `${seen.converge_ms.toFixed(1)} ms`);
  row("  requests that the changed peer sends", seen.sent_messages.toFixed(1));
  row("  requests that each other one gets", seen.received_messages.toFixed(2));
  row("  bytes of the changed peer", `${kib(seen.changed_bytes)} KiB`);
  row("  bytes of each other one", `${kib(seen.other_bytes)} KiB`);
  row("requests of each peer until all know all", seen.meeting_messages.toFixed(1));
  row("bytes of each peer until all know all", `${kib(seen.meeting_bytes)} KiB`);
  return seen;
}

function kib(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}

function grow(what: string, panels: readonly Panel[]): void {
  heading(`scale: how figures ${what} with n peers, least squares on logarithms`);
  for (const { title, unit, lines } of panels) {
    for (const { name, points } of lines) row(`${title}, ${unit}: ${name}`, growth(fitPower(points)));
  }
}

function realPanels(all: readonly Real[]): Panel[] {
  const of = (value: (one: Real) => number): Point[] => all.map((one) => ({ n: one.n, value: value(one) }));
  return [
    {
      title: "time",
      unit: "ms",
      lines: [
        { name: "all know all", points: of(({ meeting_ms }) => meeting_ms) },
        { name: "a change is everywhere", points: of(({ converge_ms }) => converge_ms) },
      ],
    },
    {
      title: "one change on the wire",
      unit: "bytes",
      lines: [{ name: "of the changed peer", points: of(({ changed_bytes }) => changed_bytes) }],
    },
    {
      title: "multicast DNS sent by a peer",
      unit: "bytes",
      lines: [
        { name: "at the start", points: of(({ mdns_start_bytes }) => mdns_start_bytes) },
        { name: "a minute at rest", points: of(({ mdns_rest_bytes }) => mdns_rest_bytes) },
      ],
    },
    {
      title: "multicast DNS sent by a peer",
      unit: "packets",
      lines: [
        { name: "at the start", points: of(({ mdns_start_packets }) => mdns_start_packets) },
        { name: "a minute at rest", points: of(({ mdns_rest_packets }) => mdns_rest_packets) },
      ],
    },
    {
      title: "a peer at rest on the wire",
      unit: "bytes a second",
      lines: [{ name: "all it sends and gets", points: of(({ rest_bytes }) => rest_bytes) }],
    },
    {
      title: "a peer at rest",
      unit: "bytes of memory",
      lines: [{ name: "resident", points: of(({ resident_bytes }) => resident_bytes) }],
    },
  ];
}

function simulatedPanels(all: readonly Simulated[]): Panel[] {
  const of = (value: (one: Simulated) => number): Point[] =>
    all.map((one) => ({ n: one.n, value: value(one) }));
  return [
    {
      title: "simulated: one change",
      unit: "bytes",
      lines: [
        { name: "of the changed peer", points: of(({ changed_bytes }) => changed_bytes) },
        { name: "of each other one", points: of(({ other_bytes }) => other_bytes) },
        { name: "until all know all", points: of(({ meeting_bytes }) => meeting_bytes) },
      ],
    },
    {
      title: "simulated: one change",
      unit: "requests",
      lines: [
        { name: "of the changed peer", points: of(({ sent_messages }) => sent_messages) },
        { name: "of each other one", points: of(({ received_messages }) => received_messages) },
        { name: "until all know all", points: of(({ meeting_messages }) => meeting_messages) },
      ],
    },
    {
      title: "simulated: a change is everywhere",
      unit: "ms",
      lines: [{ name: "time", points: of(({ converge_ms }) => converge_ms) }],
    },
  ];
}
