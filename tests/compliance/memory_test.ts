import { MemoryNetwork } from "../../src/peer/transport/memory.ts";
import { joinAddress } from "../../src/proto/ids.ts";
import { transportSuite } from "./transport_suite.ts";

const network = new MemoryNetwork();

transportSuite({
  name: "memory",
  open: (identity, port = 0) => network.open({ hostname: "127.0.0.1", port, identity }),
  async startVictim(identity) {
    const transport = await network.open({ hostname: "127.0.0.1", port: 0, identity });
    const kill = async () => await transport[Symbol.asyncDispose]();
    return { addr: joinAddress("127.0.0.1", transport.port), kill, [Symbol.asyncDispose]: kill };
  },
});
