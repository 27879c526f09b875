/**
 * The QUIC engines as the suite needs them: alone, and one at each end.
 *
 * @module
 */

import { openDenoQuic } from "../../src/peer/transport/deno_quic.ts";
import { loadMatrixaiQuic } from "../../src/peer/transport/matrixai_quic.ts";
import { LAN_DATAGRAM_BYTES } from "../../src/peer/transport/matrixai/config.ts";
import type { OpenTransport } from "../../src/peer/transport/port.ts";
import { joinAddress } from "../../src/proto/ids.ts";
import type { TransportLab } from "./transport_suite.ts";

/** `matrixai lan` sends over loopback datagrams no larger than on a cable. */
export const ENGINES = {
  "deno": openDenoQuic,
  "matrixai": await loadMatrixaiQuic(),
  "matrixai lan": await loadMatrixaiQuic(() => LAN_DATAGRAM_BYTES),
} satisfies Record<string, OpenTransport>;
export type Engine = keyof typeof ENGINES;

/** A lab whose dialling side is `near` and whose listening side is `far`. */
export function engineLab(near: Engine, far: Engine = near): TransportLab {
  return {
    name: near === far ? near : `${near} dials ${far}`,
    open: (identity, port = 0) => ENGINES[near]({ hostname: "127.0.0.1", port, identity }),
    openFar: (identity, port = 0) => ENGINES[far]({ hostname: "127.0.0.1", port, identity }),
    startVictim: (identity) => startVictim(far, identity),
  };
}

const startVictim = async (engine: Engine, identity: unknown) => {
  const script = new URL("./victim.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", script, engine, JSON.stringify(identity)],
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
};
