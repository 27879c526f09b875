/**
 * Discovery over multicast DNS (RFC 6762) and DNS-SD (RFC 6763): the service `_lanspread._udp.local`.
 *
 * Participants: a session while it runs, a link for each interface, a cache of the peers that were heard.
 * Goals: two peers on one network find each other within half a second, standard tools see them, a sleeping
 * machine, a pulled cable or a new address heals by itself. Non-goals: other networks, IPv6, trust.
 *
 * ```ts ignore
 * const discovery = createDnsSd({ announcement, named_interfaces: [] });
 * await discovery.run({ onSeen: connect, onGone: forget, onProblem: log }, signal);
 * ```
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../../base/clock.ts";
import type { InterfaceInfo } from "./interfaces.ts";
import { type Join, joinMulticast } from "./mdns_socket.ts";
import type { Announcement, Discovery, DiscoveryHandlers } from "./port.ts";
import { instanceName } from "./records.ts";
import { Session } from "./session.ts";

/** UDP port of multicast DNS. */
export const MDNS_PORT = 5_353;

/** How discovery is made. */
export interface DnsSdOptions {
  announcement: Announcement;
  /** Addresses of the only interfaces to use; empty: every usable one. */
  named_interfaces: readonly string[];
  clock?: Clock;
  mdns_port?: number;
  listInterfaces?: () => readonly InterfaceInfo[];
  /** Opens one socket; tests put faults here. */
  join?: Join;
}

/** Makes discovery; nothing happens before `run()`. */
export function createDnsSd(options: DnsSdOptions): Discovery {
  return new DnsSd(options);
}

class DnsSd implements Discovery {
  readonly #options: DnsSdOptions;
  #announcement: Announcement;
  #session: Session | undefined;

  constructor(options: DnsSdOptions) {
    this.#options = options;
    this.#announcement = options.announcement;
  }

  async run(handlers: DiscoveryHandlers, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const session = this.#open(handlers, signal);
    this.#session = session;
    try {
      await session.run();
    } finally {
      this.#session = undefined;
    }
  }

  update(announcement: Announcement): void {
    const old = this.#announcement;
    this.#announcement = announcement;
    if (instanceName(old) !== instanceName(announcement)) this.#session?.withdraw(old);
    this.#session?.announce();
  }

  #open(handlers: DiscoveryHandlers, signal: AbortSignal): Session {
    const { clock, mdns_port, listInterfaces, join, named_interfaces } = this.#options;
    return new Session(
      {
        clock: clock ?? SYSTEM_CLOCK,
        mdns_port: mdns_port ?? MDNS_PORT,
        join: join ?? joinMulticast,
        listInterfaces: listInterfaces ?? Deno.networkInterfaces,
        announcement: () => this.#announcement,
        named_interfaces,
      },
      handlers,
      signal,
    );
  }
}
