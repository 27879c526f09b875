/**
 * Looks at folders, disks, ports and buffers of this machine. Nothing stays changed: an empty file is removed and a port
 * given back at once.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { statfsSync } from "node:fs";
import { dirname } from "../../base/std/path.ts";
import { requireWritable } from "../../base/write_probe.ts";
import type { Facts, Folder, UdpBuffers } from "./facts.ts";
import type { Ask } from "./firewalls.ts";

/** What stands at `path`, and whether it can be written. */
export function lookAtFolder(path: string): Folder {
  const kind = kindOf(path);
  const existing = kind === "missing" ? firstAbove(path) : path;
  return { path, kind, is_writable: isWritable(existing), free_bytes: freeBytes(existing) };
}

function kindOf(path: string): Folder["kind"] {
  try {
    return Deno.statSync(path).isDirectory ? "folder" : "not_a_folder";
  } catch (error) {
    return error instanceof Deno.errors.NotADirectory ? "not_a_folder" : "missing";
  }
}

/** The nearest thing above `path` that is there. */
function firstAbove(path: string): string {
  const above = dirname(path);
  return above === path || kindOf(above) !== "missing" ? above : firstAbove(above);
}

function isWritable(path: string): boolean {
  try {
    requireWritable(path);
    return true;
  } catch {
    return false;
  }
}

function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** Whether a UDP port can be bound on `hostname`. */
export function isUdpPortFree(hostname: string, port: number): Promise<boolean> {
  const socket = createSocket({ type: "udp4" });
  return new Promise((resolve) => {
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind({ address: hostname, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** Whether a TCP port can be bound on loopback. */
export function isTcpPortFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

/** The buffers that a datagram socket gets from the system, and how many datagrams found them full. */
export async function lookAtUdpBuffers(
  os: Facts["os"],
  ask: Ask,
  readText: (path: string) => Promise<string> = Deno.readTextFile,
): Promise<UdpBuffers> {
  const nothing = { receive_bytes: undefined, received: undefined, lost: undefined };
  if (os === "darwin") {
    const said = await ask("sysctl", ["-n", "net.inet.udp.recvspace"]);
    return { ...nothing, receive_bytes: numberIn(said?.out) };
  }
  if (os !== "linux") return nothing;
  const read = (path: string) => readText(path).catch(() => undefined);
  const receive_bytes = numberIn(await read("/proc/sys/net/core/rmem_default"));
  return { receive_bytes, ...udpCounts(await read("/proc/net/snmp") ?? "") };
}

function numberIn(text: string | undefined): number | undefined {
  return /^\s*\d+\s*$/.test(text ?? "") ? Number(text) : undefined;
}

/** Two lines that begin with `Udp:`, the names and the numbers (proc(5), /proc/net/snmp). */
export function udpCounts(snmp: string): Pick<UdpBuffers, "received" | "lost"> {
  const [names = [], numbers = []] = [...snmp.matchAll(/^Udp: (.*)$/gm)].map(([, line = ""]) =>
    line.split(" ")
  );
  const of = (name: string) => numberIn(numbers[names.indexOf(name)]);
  return { received: of("InDatagrams"), lost: of("RcvbufErrors") };
}
