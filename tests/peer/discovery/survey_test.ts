import type { Join, MdnsEvents } from "../../../src/peer/discovery/mdns_socket.ts";
import type { DnsPacket, OutgoingPacket } from "../../../src/peer/discovery/packet.ts";
import { recordsOf } from "../../../src/peer/discovery/records.ts";
import { type NetworkSurvey, surveyNetwork } from "../../../src/peer/discovery/survey.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { until } from "../../support/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { newPeerId } from "../../support/parties.ts";

const OWN = { name: "eth0", family: "IPv4" as const, address: "10.0.0.1", netmask: "255.255.255.0" };
const OTHER = { ...OWN, name: "eth1", address: "10.1.0.1" };
const BROWSER = { address: "10.0.0.1", port: 5_353 };

/** A question as it comes in on the socket that sent it. */
function received({ id = 0, questions = [] }: OutgoingPacket): DnsPacket {
  return { id, type: "query", opcode: "QUERY", rcode: "NOERROR", questions, answers: [], additionals: [] };
}

/** What a peer of this name at this address answers. */
function answerOf(name: string, address: string, ttl?: number): DnsPacket {
  const announcement = { peer_id: newPeerId(), name, proto_ver: 1, library_rev: 1, port: 5_477 };
  const answers = recordsOf(announcement, address).map((record) => ({
    ...record,
    ttl: ttl ?? record.ttl,
    data: record.type === "TXT" ? record.data.map((text) => new TextEncoder().encode(text)) : record.data,
  }));
  return { ...received({ type: "query" }), type: "response", answers };
}

/** Surveys with sockets that do on each question what `onAsked` says; closed ones are counted. */
async function survey(
  onAsked: (packet: OutgoingPacket, events: MdnsEvents, address: string) => void,
  interfaces = [OWN],
): Promise<NetworkSurvey & { closed: number; asked: number }> {
  let [closed, asked] = [0, 0];
  const join: Join = (address, _port, events) =>
    Promise.resolve({
      send: (packet) => {
        asked++;
        return Promise.resolve(onAsked(packet, events, address));
      },
      close: () => Promise.resolve(void closed++),
    });
  const clock = new FakeClock();
  const options = { named_interfaces: [], interfaces, mdns_port: 5_353, join, clock };
  let is_over = false;
  const surveying = surveyNetwork(options, new AbortController().signal).finally(() => is_over = true);
  await until("the end of the survey", async () => {
    await clock.advance(100);
    return is_over;
  });
  return { ...await surveying, closed, asked };
}

Deno.test("a survey hears its own question, and who answers it, once each", async () => {
  const answer = answerOf("alice", "10.0.0.7");
  const { links, heard, closed } = await survey((packet, events) => {
    events.onPacket(received(packet), BROWSER);
    events.onPacket(answer, { address: "10.0.0.7", port: 5_353 });
  });
  assertEquals(links, [{ name: "eth0", address: "10.0.0.1", problem: undefined, has_heard_itself: true }]);
  assertEquals(heard.map(({ name, addr }) => [name, addr]), [["alice", "10.0.0.7:5477"]]);
  assertEquals(closed, 1);
});

Deno.test("the question of another program is not taken for the own one, and the survey ends", async () => {
  const { links, asked } = await survey((packet, events) => {
    events.onPacket(received({ ...packet, id: 0 }), BROWSER);
  });
  assertEquals(links.map(({ has_heard_itself }) => has_heard_itself), [false]);
  assertEquals(asked, 8);
});

Deno.test("a survey believes no answer from elsewhere, about elsewhere, or of one who leaves", async () => {
  const { heard } = await survey((packet, events) => {
    events.onPacket(received(packet), BROWSER);
    events.onPacket(answerOf("stranger", "10.0.0.8"), { address: "10.9.0.8", port: 5_353 });
    events.onPacket(answerOf("liar", "10.9.0.9"), { address: "10.0.0.9", port: 5_353 });
    events.onPacket(answerOf("leaver", "10.0.0.10", 0), { address: "10.0.0.10", port: 5_353 });
  });
  assertEquals(heard, []);
});

Deno.test("a survey that is called off is no broken interface", async () => {
  let closed = 0;
  const join: Join = () =>
    Promise.resolve({ send: () => Promise.resolve(), close: () => Promise.resolve(void closed++) });
  const options = { named_interfaces: [], interfaces: [OWN], mdns_port: 5_353, join, clock: new FakeClock() };
  const controller = new AbortController();
  const surveying = surveyNetwork(options, controller.signal);
  controller.abort(new Error("called off"));
  await assertRejects(() => surveying, Error, "called off");
  assertEquals(closed, 1);
});

Deno.test("an interface that can't be used is told, and the others are surveyed", async () => {
  const { links, closed } = await survey((packet, events, address) => {
    if (address === OTHER.address) throw new Error("no route");
    events.onPacket(received(packet), BROWSER);
  }, [OWN, OTHER]);
  assertEquals(links.map(({ address, problem }) => [address, problem]), [
    ["10.0.0.1", undefined],
    ["10.1.0.1", "no route"],
  ]);
  assertEquals(closed, 2);
});
