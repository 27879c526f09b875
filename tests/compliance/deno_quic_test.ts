import { openDenoQuic } from "../../src/peer/transport/deno_quic.ts";
import { joinAddress } from "../../src/proto/ids.ts";
import { transportSuite } from "./transport_suite.ts";

transportSuite({
  name: "deno",
  open: (identity, port = 0) => openDenoQuic({ hostname: "127.0.0.1", port, identity }),
  async startVictim(identity) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--unstable-net",
        new URL("./victim.ts", import.meta.url).href,
        JSON.stringify(identity),
      ],
      stdout: "piped",
    }).spawn();
    const port = Number(new TextDecoder().decode((await child.stdout.getReader().read()).value));
    const kill = async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It is already gone.
      }
      await child.status;
      await child.stdout.cancel().catch(() => {});
    };
    return { addr: joinAddress("127.0.0.1", port), kill, [Symbol.asyncDispose]: kill };
  },
});
