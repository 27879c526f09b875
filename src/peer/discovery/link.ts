/**
 * One interface: its socket, the responder that tells about this peer, and the questions that find the others.
 *
 * Goals: one life of one socket, in one loop. Non-goals: who is known (the roster), and what to do when the
 * interface fails: `run()` rejects, and whoever started it tries again.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { splitAddress } from "../../proto/ids.ts";
import type { UsableInterface } from "./interfaces.ts";
import { contains } from "./ipv4.ts";
import type { Join, MdnsSocket } from "./mdns_socket.ts";
import { type DnsPacket, type DnsSource, type OutgoingPacket, sameName } from "./packet.ts";
import type { Announcement } from "./port.ts";
import { browseInterval, browseQuery, type KnownInstance, MAX_REFRESHES, refreshQuery } from "./queries.ts";
import { instanceName } from "./records.ts";
import { MULTICAST_PAUSE_MS, Responder } from "./responder.ts";
import { readSightings, type Sighting } from "./sightings.ts";
import { Timetable } from "./timetable.ts";

type Entry = "announce" | "answer" | "browse" | "refresh";

/** What a link needs from its session. */
export interface LinkContext {
  readonly clock: Clock;
  readonly mdns_port: number;
  readonly join: Join;
  announcement(): Announcement;
  known(interface_ip: string): KnownInstance[];
  /** The interface is joined, and a first announcement went out. */
  onOpen(interface_ip: string): void;
  onSightings(interface_ip: string, sightings: Sighting[]): void;
  /** A packet from another network than this interface's. */
  onStray(packet: DnsPacket, source: DnsSource): void;
}

/** Discovery on one interface. */
export class Link {
  readonly #own: UsableInterface;
  readonly #context: LinkContext;
  readonly #timetable: Timetable<Entry>;
  readonly #responder: Responder;
  #socket: MdnsSocket | undefined;
  #browsed = 0;
  readonly #refreshes = new Set<string>();

  constructor(own: UsableInterface, context: LinkContext) {
    this.#own = own;
    this.#context = context;
    this.#timetable = new Timetable(context.clock);
    this.#responder = new Responder({
      clock: context.clock,
      timetable: this.#timetable,
      interface_ip: own.address,
      announcement: () => context.announcement(),
      send: (packet, to) => this.#send(packet, to),
    });
  }

  /** Whether packets from `address` belong to this link. */
  holds(address: string): boolean {
    return contains(this.#own, address);
  }

  /** Works until the signal aborts, then says goodbye. Rejects when the interface fails. */
  async run(signal: AbortSignal): Promise<void> {
    const broken = new AbortController();
    this.#socket = await this.#context.join(this.#own.address, this.#context.mdns_port, {
      onPacket: (packet, source) => this.#receive(packet, source),
      onError: (error) => broken.abort(error),
    });
    try {
      await this.#work(AbortSignal.any([signal, broken.signal]));
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.sayGoodbye(this.#context.announcement());
    } finally {
      await this.#socket.close();
      this.#socket = undefined;
    }
  }

  /** Announces the current data. */
  announce(): void {
    this.#responder.announceSoon();
  }

  /** Withdraws what `announcement` told. */
  sayGoodbye(announcement: Announcement): Promise<void> {
    return this.#responder.sayGoodbye(announcement);
  }

  /** Asks for known instances again. */
  refresh(instances: readonly string[]): void {
    for (const instance of instances) this.#refreshes.add(instance);
    this.#timetable.setEarlier("refresh", this.#context.clock.now());
  }

  /** Takes in a packet for which it does not matter which socket heard it. */
  receiveAnywhere(packet: DnsPacket, source: DnsSource): void {
    const plain = source.port !== this.#context.mdns_port;
    if (packet.type === "query" && plain) this.#responder.answerLegacy(packet, source);
    // RFC 6762, section 6: a response from another port was not sent by a responder.
    if (packet.type === "response" && !plain) this.#read(packet);
  }

  async #work(stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    // A failure here shows an interface that can be joined, but leads nowhere.
    await this.#responder.announce();
    this.#context.onOpen(this.#own.address);
    this.#timetable.set("browse", this.#context.clock.now());
    while (true) await this.#perform(await this.#timetable.next(stop));
  }

  #perform(entry: Entry): Promise<void> {
    switch (entry) {
      case "announce":
        return this.#responder.announce();
      case "answer":
        return this.#responder.answer();
      case "browse":
        return this.#browse();
      case "refresh":
        return this.#askAgain();
    }
  }

  async #browse(): Promise<void> {
    const known = this.#context.known(this.#own.address);
    const pause_ms = browseInterval(this.#browsed++, known.length);
    this.#timetable.set("browse", this.#context.clock.now() + pause_ms);
    await this.#send(browseQuery(this.#context.announcement(), known));
  }

  async #askAgain(): Promise<void> {
    const batch = [...this.#refreshes].slice(0, MAX_REFRESHES);
    for (const instance of batch) this.#refreshes.delete(instance);
    if (this.#refreshes.size > 0) {
      this.#timetable.set("refresh", this.#context.clock.now() + MULTICAST_PAUSE_MS);
    }
    await this.#send(refreshQuery(batch));
  }

  #receive(packet: DnsPacket, source: DnsSource): void {
    // RFC 6762, section 18: whatever else this may be, it is not for multicast DNS.
    if (packet.opcode !== "QUERY" || packet.rcode !== "NOERROR") return;
    if (!this.holds(source.address)) return this.#context.onStray(packet, source);
    const shared = packet.type === "query" && source.port === this.#context.mdns_port;
    if (shared) this.#responder.note(packet, source);
    else this.receiveAnywhere(packet, source);
  }

  #read(response: DnsPacket): void {
    const own_id = this.#context.announcement().peer_id;
    if (this.#isWithdrawn(response)) this.announce();
    const records = [...response.answers, ...response.additionals];
    // An address elsewhere would make every peer here dial whomever a packet names.
    const sightings = readSightings(records, { own_id, interface_ip: this.#own.address })
      .filter(({ peer }) => this.holds(splitAddress(peer.addr)?.hostname ?? ""));
    if (sightings.length > 0) this.#context.onSightings(this.#own.address, sightings);
  }

  /**
   * Whether somebody says goodbye in this peer's name: a copy of it that left, say. Who believes it forgets this peer,
   * so the records are told again (RFC 6762, section 10.1, calls that a rescue).
   */
  #isWithdrawn({ answers }: DnsPacket): boolean {
    const own = instanceName(this.#context.announcement());
    return answers.some(({ type, name, ttl }) => type === "SRV" && ttl === 0 && sameName(name, own));
  }

  /** What is sent before the socket is open, or after, is lost: the first announcement says all of it. */
  #send(packet: OutgoingPacket, to?: DnsSource): Promise<void> {
    return this.#socket?.send(packet, to) ?? Promise.resolve();
  }
}
