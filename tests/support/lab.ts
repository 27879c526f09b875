/**
 * Where the peers of a test run: all on this machine's loopback, or each on a host of its own in a LAN of network
 * namespaces. The test is the same; `deno task scenarios` chooses through the environment and lays the LAN.
 *
 * In the LAN the test's own process runs on a host, too, so that the peers it plays itself are met over the wire.
 *
 * @module
 */

import { z } from "zod";
import { inNamespace } from "./namespaces.ts";

/** A place for a peer. */
export interface PeerHost {
  /** The command before a program that runs it there, under the process id that the command had. */
  readonly wrapper: readonly string[];
  readonly address: string;
}

/** The LAN's hosts as JSON, the test's own first; loopback without it. */
export const LAB_VARIABLE = "LANSPREAD_LAB_HOSTS";

const Hosts = z.array(z.object({ namespace: z.string(), address: z.ipv4() })).min(2);
const LOOPBACK: PeerHost = { wrapper: [], address: "127.0.0.1" };

function labHosts(): readonly PeerHost[] {
  const told = Deno.env.get(LAB_VARIABLE);
  if (told === undefined) return [LOOPBACK, LOOPBACK];
  return Hosts.parse(JSON.parse(told)).map(({ namespace, address }) => ({
    wrapper: inNamespace(namespace),
    address,
  }));
}

const [test_host = LOOPBACK, ...others] = labHosts();

/** Hosts for peers, given out by name. */
export const LAB_HOSTS: readonly PeerHost[] = others;

/** The address of the test's own process in the lab. */
export const TEST_ADDRESS = test_host.address;
