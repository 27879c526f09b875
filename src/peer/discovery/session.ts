/**
 * One run of discovery: which interfaces have a link, what they heard, and what is told about it.
 *
 * A link that fails is reported once and opened again at the next look; the others don't notice.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { LanspreadError } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import { type InterfaceInfo, type UsableInterface, usableInterfaces } from "./interfaces.ts";
import { Link, type LinkContext } from "./link.ts";
import type { Join } from "./mdns_socket.ts";
import type { DnsPacket, DnsSource } from "./packet.ts";
import type { Announcement, DiscoveryHandlers } from "./port.ts";
import { Roster } from "./roster.ts";
import type { Sighting } from "./sightings.ts";
import { Timetable } from "./timetable.ts";

const LOOK_INTERVAL_MS = 10_000;

/** What a session works with. */
export interface SessionOptions {
  readonly clock: Clock;
  readonly mdns_port: number;
  readonly join: Join;
  readonly named_interfaces: readonly string[];
  listInterfaces(): readonly InterfaceInfo[];
  announcement(): Announcement;
}

interface OpenLink {
  readonly link: Link;
  readonly own: UsableInterface;
  readonly stop: AbortController;
}

/** Runs once. */
export class Session {
  readonly #options: SessionOptions;
  readonly #handlers: DiscoveryHandlers;
  readonly #scope: Scope;
  readonly #timetable: Timetable<"look" | "age">;
  readonly #roster: Roster;
  readonly #links = new Map<string, OpenLink>();
  /** Interfaces whose failure was told. */
  readonly #problems = new Set<string>();
  #failure: { error: unknown } | undefined;

  constructor(options: SessionOptions, handlers: DiscoveryHandlers, signal: AbortSignal) {
    this.#options = options;
    this.#handlers = handlers;
    this.#scope = new Scope({ parent: signal });
    this.#timetable = new Timetable(options.clock);
    this.#roster = new Roster(options.clock, handlers);
  }

  /** Works until the signal aborts and every link has said goodbye. Rejects with what a handler threw. */
  async run(): Promise<void> {
    this.#timetable.set("look", this.#options.clock.now());
    this.#scope.spawn("timetable", async (signal) => {
      while (true) {
        const entry = await this.#timetable.next(signal);
        if (entry === "look") this.#look();
        else this.#age();
      }
    });
    await this.#scope.join();
    if (this.#failure) throw this.#failure.error;
  }

  /** Announces changed data everywhere. */
  announce(): void {
    for (const { link } of this.#links.values()) link.announce();
  }

  /** Withdraws data whose name is no longer used. */
  withdraw(announcement: Announcement): void {
    for (const { link } of this.#links.values()) {
      this.#scope.spawn("withdraw", () => link.sayGoodbye(announcement));
    }
  }

  #look(): void {
    const { clock, named_interfaces } = this.#options;
    this.#timetable.set("look", clock.now() + LOOK_INTERVAL_MS);
    const usable = usableInterfaces(this.#options.listInterfaces(), named_interfaces);
    const wanted = new Map(usable.map((own) => [own.address, own]));
    for (const [ip, open] of this.#links) {
      if (wanted.get(ip)?.netmask !== open.own.netmask) this.#leave(ip, open);
    }
    for (const [ip, own] of wanted) if (!this.#links.has(ip)) this.#open(own);
    const missing = named_interfaces.filter((ip) => !wanted.has(ip));
    for (const ip of this.#problems) if (!wanted.has(ip) && !missing.includes(ip)) this.#problems.delete(ip);
    for (const ip of missing) this.#tellProblem(ip, missingInterface(ip));
  }

  #open(own: UsableInterface): void {
    const stop = new AbortController();
    const open = { link: new Link(own, this.#context()), own, stop };
    this.#links.set(own.address, open);
    this.#scope.spawn(`mdns on ${own.address}`, async (signal) => {
      try {
        await open.link.run(AbortSignal.any([signal, stop.signal]));
      } catch (error) {
        this.#guard(() => this.#tellProblem(own.address, error));
      } finally {
        if (this.#links.get(own.address) === open) this.#links.delete(own.address);
      }
    });
  }

  #leave(ip: string, open: OpenLink): void {
    open.stop.abort();
    this.#links.delete(ip);
    this.#roster.leaveInterface(ip);
  }

  #context(): LinkContext {
    const { clock, mdns_port, join } = this.#options;
    return {
      clock,
      mdns_port,
      join,
      announcement: () => this.#options.announcement(),
      known: (ip) => this.#roster.known(ip),
      onOpen: (ip) => this.#problems.delete(ip),
      onSightings: (ip, sightings) => this.#guard(() => this.#see(ip, sightings)),
      onStray: (packet, source) => this.#route(packet, source),
    };
  }

  #see(ip: string, sightings: readonly Sighting[]): void {
    if (this.#scope.signal.aborted) return;
    this.#timetable.setEarlier("age", this.#roster.see(ip, sightings));
  }

  /**
   * Every socket hears every interface on some systems, and a unicast packet reaches any one of them. Multicast
   * queries are answered by the link of their network, which heard them too; all else is handed to it.
   */
  #route(packet: DnsPacket, source: DnsSource): void {
    const owner = [...this.#links.values()].find(({ link }) => link.holds(source.address));
    owner?.link.receiveAnywhere(packet, source);
  }

  #age(): void {
    const { refreshes, deadline } = this.#roster.age();
    for (const [ip, instances] of refreshes) this.#links.get(ip)?.link.refresh(instances);
    this.#timetable.set("age", deadline);
  }

  #tellProblem(ip: string, error: unknown): void {
    if (this.#problems.has(ip) || this.#scope.signal.aborted) return;
    this.#problems.add(ip);
    this.#handlers.onProblem(ip, error);
  }

  /** A handler that throws ends the session, not the program. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failure ??= { error };
      this.#scope.abort(error);
    }
  }
}

function missingInterface(ip: string): LanspreadError {
  return new LanspreadError(
    "io",
    `no interface has the address ${ip}; check --interface, or plug the cable in`,
  );
}
