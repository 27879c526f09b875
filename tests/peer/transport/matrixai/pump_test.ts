import { Pump, type Pumped } from "../../../../src/peer/transport/matrixai/pump.ts";
import type { NativeConnection } from "../../../../src/peer/transport/matrixai/quiche.d.ts";
import { assertEquals } from "../../../support/assert.ts";
import { until } from "../../../support/deadline.ts";

/** A connection with so many datagrams to send; each holds its number. */
function connection(port: number, count: number, over: Partial<Pumped> = {}): Pumped & { bursts: number[] } {
  let next = 0;
  const native = {
    send(slot: Uint8Array) {
      if (next === count) return null;
      slot[0] = next++;
      return [1, undefined];
    },
  };
  const bursts: number[] = [];
  return {
    native: native as unknown as NativeConnection,
    remote: { host: "127.0.0.1", port },
    datagram_bytes: 1_350,
    service: () => {},
    probes: () => false,
    sent: (sent) => void bursts.push(sent),
    broke: () => {},
    bursts,
    ...over,
  };
}

/** A socket that takes its time, and sees what lies in the buffers when it is done. */
function slowSocket(): { sent: string[]; send: Deno.DatagramConn["send"] } {
  const sent: string[] = [];
  return {
    sent,
    async send(datagram, to) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      sent.push(`${"port" in to ? to.port : ""}:${datagram[0]}`);
      return datagram.length;
    },
  };
}

Deno.test("who has much to send lets the others go in between, and no buffer is used twice at a time", async () => {
  const socket = slowSocket();
  const pump = new Pump(socket);
  const [large, small] = [connection(1, 70), connection(2, 3)];
  pump.mark(large);
  pump.mark(small);
  pump.mark(large);
  await until("all is sent", () => socket.sent.length === 73);
  assertEquals(large.bursts, [32, 32, 6]);
  assertEquals(small.bursts, [3]);
  assertEquals(socket.sent.indexOf("2:0"), 32);
  assertEquals(
    socket.sent.filter((name) => name.startsWith("1:")),
    Array.from({ length: 70 }, (_, i) => `1:${i}`),
  );
});

Deno.test("a connection that fails is told so, and the others go on", async () => {
  const socket = slowSocket();
  const pump = new Pump(socket);
  const failures: unknown[] = [];
  const bad = connection(1, 5, {
    service: () => {
      throw new Error("broken");
    },
    broke: (cause) => void failures.push(cause),
  });
  pump.mark(bad);
  pump.mark(connection(2, 1));
  await until("the other one is served", () => socket.sent.length === 1);
  assertEquals(failures.map(String), ["Error: broken"]);
  pump.mark(connection(3, 1));
  await until("and the next one", () => socket.sent.includes("3:0"));
});

Deno.test("flush() sends at once, behind what is under way", async () => {
  const socket = slowSocket();
  const pump = new Pump(socket);
  await pump.flush([connection(1, 2), connection(2, 1)]);
  assertEquals(socket.sent, ["1:0", "1:1", "2:0"]);
});

Deno.test("a connection that can't even be ended stops no other", async () => {
  const socket = slowSocket();
  const pump = new Pump(socket);
  const fail = () => {
    throw new Error("broken");
  };
  pump.mark(connection(1, 5, { service: fail, broke: fail }));
  pump.mark(connection(2, 1));
  await until("the other one is served", () => socket.sent.includes("2:0"));
  pump.mark(connection(3, 1));
  await until("and the next one", () => socket.sent.includes("3:0"));
});

Deno.test("a datagram that the system never takes holds up no other, and keeps its buffer", async () => {
  const sent: string[] = [];
  const kept: Uint8Array[] = [];
  const pump = new Pump({
    send(datagram, to) {
      const port = "port" in to ? to.port : 0;
      if (port !== 1) return Promise.resolve(sent.push(`${port}:${datagram[0]}`));
      kept.push(datagram);
      return new Promise(() => {});
    },
  });
  const bad = connection(1, 3);
  pump.mark(bad);
  pump.mark(connection(2, 5));
  await until("the other one is served", () => sent.length === 5);
  assertEquals(kept.map(([number]) => number), [0, 1, 2]);
  assertEquals(bad.bursts, [3]);
});

Deno.test("what the system keeps is bounded: beyond, datagrams are dropped and the connections go on", async () => {
  let kept = 0;
  const pump = new Pump({
    send() {
      kept++;
      return new Promise(() => {});
    },
  });
  const bursts: number[] = [];
  for (let i = 0; i < 12; i++) pump.mark(connection(i, 1, { sent: (count) => void bursts.push(count) }));
  await until("all had their turn", () => bursts.length === 12);
  assertEquals(kept, 4);
  assertEquals(bursts, Array.from({ length: 12 }, () => 1));
});
