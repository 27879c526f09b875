/**
 * Two hosts on one network: real processes in network namespaces that the test makes and removes. The file is also
 * the program that runs in them: `hosts_test.ts <peer_id> <port>` writes one JSON line for each event.
 */

import { createDnsSd } from "../../../src/peer/discovery/dns_sd.ts";
import { SERVICE } from "../../../src/peer/discovery/records.ts";
import { PeerId } from "../../../src/proto/ids.ts";
import { assertEquals } from "../../support/assert.ts";
import { until } from "../../support/deadline.ts";
import { Cable, HostProcess, inNamespace, whyNoNamespaces } from "../../support/namespaces.ts";
import { print } from "../../support/print.ts";

const A = "aaaaaaaa-0000-4000-8000-000000000001";
const B = "bbbbbbbb-0000-4000-8000-000000000001";

/** This file in a namespace. */
function startHost(namespace: string, peer_id: string, port: number): HostProcess {
  const program = [Deno.execPath(), "run", "-A", import.meta.filename ?? "", peer_id, String(port)];
  return new HostProcess([...inNamespace(namespace), ...program]);
}

/** Ends it politely: it must end by itself after `run()`. */
async function stopHost(host: HostProcess): Promise<number> {
  host.signal("SIGTERM");
  return await host.exited();
}

/** Runs discovery until SIGTERM. */
async function runHost(peer_id: string, port: number): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  Deno.addSignalListener("SIGTERM", onSignal);
  const announcement = { peer_id: PeerId.parse(peer_id), name: "host", proto_ver: 1, library_rev: 1, port };
  await createDnsSd({ announcement, named_interfaces: [] }).run({
    onSeen: (peer) => print(`seen ${peer.peer_id} ${peer.addr}`),
    onGone: (gone_id) => print(`gone ${gone_id}`),
    onProblem: (interface_ip, error) => print(`problem ${interface_ip} ${error}`),
  }, stop.signal);
  Deno.removeSignalListener("SIGTERM", onSignal);
}

if (import.meta.main && Deno.args.length === 2) {
  await runHost(Deno.args[0] ?? "", Number(Deno.args[1]));
} else {
  const reason = await whyNoNamespaces();
  if (reason) print(`skipped: two hosts that share ${SERVICE}: ${reason}`);
  Deno.test({
    name:
      "two hosts see each other by multicast at their network's addresses, and the goodbye, and end by themselves",
    ignore: reason !== undefined,
    fn: async () => {
      await using cable = await Cable.lay();
      await using a = startHost(cable.names[0], A, 5_001);
      await using b = startHost(cable.names[1], B, 5_002);
      await until("both hosts see each other", () => a.lines.length > 0 && b.lines.length > 0);
      assertEquals([a.lines, b.lines], [[`seen ${B} 10.77.0.2:5002`], [`seen ${A} 10.77.0.1:5001`]]);
      assertEquals(await stopHost(a), 0);
      await until("the goodbye", () => b.lines.length > 1);
      assertEquals(b.lines.at(-1), `gone ${A}`);
      assertEquals(await stopHost(b), 0);
    },
  });

  Deno.test({
    name: "two hosts find each other again after the cable was pulled",
    ignore: reason !== undefined,
    fn: async () => {
      await using cable = await Cable.lay();
      await cable.cut();
      await using a = startHost(cable.names[0], A, 5_001);
      await using b = startHost(cable.names[1], B, 5_002);
      await until("the problem is told", () => a.lines.length > 0);
      assertEquals(a.lines[0]?.startsWith("problem 10.77.0.1 "), true, a.lines.join());
      await cable.mend();
      await until("both hosts see each other", () => a.lines.length > 1 && b.lines.length > 0);
      assertEquals([a.lines[1], b.lines], [`seen ${B} 10.77.0.2:5002`, [`seen ${A} 10.77.0.1:5001`]]);
    },
  });
}
