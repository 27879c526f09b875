/**
 * The composition root: builds a peer from its parts, starts its services, and stops it in order.
 *
 * Nothing else names a concrete transport or discovery.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../base/clock.ts";
import { LanspreadError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { Scope } from "../base/scope.ts";
import { join } from "../base/std/path.ts";
import { type Catalog, loadCatalog } from "../catalog/catalog.ts";
import { IntentLog } from "../install/intent.ts";
import { joinAddress, type SocketAddress, splitAddress } from "../proto/ids.ts";
import { PROTOCOL_VERSION } from "../proto/limits.ts";
import { LibraryIndex } from "../watch/index.ts";
import { createDnsSd, MDNS_PORT } from "./discovery/dns_sd.ts";
import { reachingAddress, usableInterfaces } from "./discovery/interfaces.ts";
import { type NetworkSurvey, surveyNetwork } from "./discovery/survey.ts";
import { EventBus } from "./events.ts";
import { openGameDir, requireGameDir } from "./game_dir.ts";
import { DEFAULT_PORT, type PeerOptions, type QuicEngine } from "./options.ts";
import { Peer } from "./runtime.ts";
import { loadPeerId } from "./peer_id.ts";
import { lockStateDir } from "./state_lock.ts";
import { hasDenoQuic, openDenoQuic } from "./transport/deno_quic.ts";
import { loadMatrixaiQuic } from "./transport/matrixai_quic.ts";
import { loadIdentity } from "./transport/identity.ts";
import { partySecrets } from "./transport/party.ts";
import type { OpenTransport, Transport, TransportOptions } from "./transport/port.ts";

/** How many ports after the default one are tried. */
const PORTS_TRIED = 32;

/** What drives a peer. */
export type PeerRuntime = Pick<
  Peer,
  "peer_id" | "events" | "send" | "snapshot" | "game" | "shutdown" | "stopped"
>;

/**
 * Starts a peer: reads its identity, binds its listener, scans its games, and only then lets itself be found. Throws
 * `usage`, `catalog_invalid`, `address_in_use` and `io`; nothing runs then.
 */
export async function startPeer(
  options: PeerOptions,
  events = new EventBus(),
  clock: Clock = SYSTEM_CLOCK,
): Promise<PeerRuntime> {
  await using stack = new AsyncDisposableStack();
  const { open: openTransport } = await chooseEngine(options);
  const catalog = await readCatalog(options);
  await requireGameDir(options.game_dir);
  const bind_host = bindHost(options);
  stack.use(await lockStateDir(options.state_dir));
  const peer_id = await loadPeerId(options.state_dir);
  const secrets = await partySecrets(options.party);
  const identity = await loadIdentity(options.state_dir, peer_id, secrets);
  const index = stack.use(LibraryIndex.open(join(options.state_dir, "library.db")));
  if (index.notice) logger("peer").warn("{notice}", { notice: index.notice });
  const transport = stack.use(
    await openFreePort(openTransport, { hostname: bind_host, identity }, options.port),
  );
  const addresses = new OwnAddresses(options.interfaces, transport.port);
  const scope = new Scope({
    onError: (error, task) => logger("peer").error("{task} failed: {error}", { task, error }),
  });
  const intents = new IntentLog(options.state_dir);
  await openGameDir(options.game_dir, { intents, index }, scope.signal);
  const peer = new Peer({
    peer_id,
    secrets,
    options,
    catalog,
    index,
    transport,
    events,
    clock,
    addresses,
    discovery: createDnsSd({
      announcement: {
        peer_id,
        name: options.name,
        proto_ver: PROTOCOL_VERSION,
        library_rev: 0,
        port: transport.port,
      },
      named_interfaces: [...options.interfaces],
      clock,
    }),
    scope,
  });
  await peer.start(stack.move());
  return peer;
}

/** The name of the engine that a start would choose. Throws `usage` where there would be none. */
export async function engineFor(quic: QuicEngine): Promise<string> {
  return (await chooseEngine({ quic })).name;
}

/** Looks at the networks as discovery would, for some seconds, and tells nothing about this machine. */
export async function lookAtNetworks(
  named_interfaces: readonly string[],
  signal: AbortSignal,
): Promise<NetworkSurvey> {
  const interfaces = Deno.networkInterfaces();
  return await surveyNetwork({ named_interfaces, interfaces, mdns_port: MDNS_PORT }, signal);
}

/** The built-in engine where there is one and nothing else was asked for. */
async function chooseEngine(
  { quic }: Pick<PeerOptions, "quic">,
): Promise<{ name: string; open: OpenTransport }> {
  const is_built_in = hasDenoQuic();
  if (quic === "matrixai" || (quic === "auto" && !is_built_in)) {
    return { name: "matrixai", open: await loadMatrixaiQuic() };
  }
  if (is_built_in) return { name: "deno", open: openDenoQuic };
  throw new LanspreadError(
    "usage",
    "--quic deno: this Deno has no QUIC built in; start it with --unstable-net, or use --quic matrixai",
  );
}

async function readCatalog({ catalog }: PeerOptions): Promise<Catalog | undefined> {
  return catalog === undefined ? undefined : await loadCatalog(catalog);
}

/** One named interface is bound alone; several share a socket on all. */
function bindHost({ interfaces }: PeerOptions): string {
  const [only, ...others] = interfaces;
  const hostname = only !== undefined && others.length === 0 ? only : "0.0.0.0";
  const own = usableInterfaces(Deno.networkInterfaces(), interfaces);
  for (const wanted of interfaces) {
    if (own.some(({ address }) => address === wanted)) continue;
    const there = Deno.networkInterfaces().filter(({ family }) => family === "IPv4").map(({ address }) =>
      address
    );
    throw new LanspreadError(
      "usage",
      `--interface ${wanted}: no such address here; there are ${there.join(", ")}`,
    );
  }
  return hostname;
}

async function openFreePort(
  open: OpenTransport,
  options: Omit<TransportOptions, "port">,
  port: number | undefined,
): Promise<Transport> {
  if (port !== undefined) return await open({ ...options, port });
  for (let candidate = DEFAULT_PORT; candidate < DEFAULT_PORT + PORTS_TRIED; candidate++) {
    try {
      return await open({ ...options, port: candidate });
    } catch (error) {
      if (!(error instanceof LanspreadError && error.code === "address_in_use")) throw error;
    }
  }
  return await open({ ...options, port: 0 });
}

/** Where this peer listens, by who asks. */
export class OwnAddresses {
  constructor(readonly named: readonly string[], readonly port: number) {}

  /** The own address on the interface that reaches `remote`. */
  towards(remote: SocketAddress): SocketAddress {
    const hostname = splitAddress(remote)?.hostname ?? "";
    return joinAddress(reachingAddress(this.#usable(), hostname), this.port);
  }

  /** The address to show: on the first network that is not loopback. */
  get preferred(): SocketAddress {
    const usable = this.#usable();
    const outside = usable.find(({ address }) => !address.startsWith("127."));
    return joinAddress((outside ?? usable[0])?.address ?? "127.0.0.1", this.port);
  }

  /** Whether `addr` is this peer's listener. */
  has(addr: SocketAddress): boolean {
    const target = splitAddress(addr);
    const own = Deno.networkInterfaces().map(({ address }) => address);
    return target?.port === this.port &&
      (target.hostname.startsWith("127.") || own.includes(target.hostname));
  }

  #usable() {
    return usableInterfaces(Deno.networkInterfaces(), this.named);
  }
}
