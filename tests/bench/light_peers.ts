/**
 * Many small peers in one process: real QUIC, real discovery, true answers, nothing else.
 *
 * Run as a program, `<party> <count>`: the peers live until stdin ends; each line on stdin is answered by how many
 * requests they were asked so far.
 *
 * @module
 */

import { createDnsSd } from "../../src/peer/discovery/dns_sd.ts";
import { mintIdentity } from "../../src/peer/transport/mint.ts";
import { deriveSecrets, partyId, type PartySecrets } from "../../src/peer/transport/party.ts";
import { PROTOCOL_VERSION } from "../../src/proto/limits.ts";
import { HostilePeer, readyGame } from "../support/hostile_peer.ts";
import { newPeerId } from "../support/parties.ts";
import { print } from "../support/print.ts";

const LOOPBACK = "127.0.0.1";
const GAMES_EACH = 5;
const IGNORED = { onSeen: () => {}, onGone: () => {}, onProblem: () => {} };

/** The peers of a helper process. */
export class LightPeers implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  private constructor(party: string, count: number) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-net", import.meta.url, party, String(count)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts `count` peers and waits until they listen. */
  static async start(party: string, count: number): Promise<LightPeers> {
    const peers = new LightPeers(party, count);
    await peers.#lines.read();
    return peers;
  }

  /** How many requests they were asked so far, all together. */
  async requestCount(): Promise<number> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return Number((await this.#lines.read()).value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel();
    await this.#child.status;
  }
}

async function startOne(n: number, party: string, secrets: PartySecrets, signal: AbortSignal) {
  const peer_id = newPeerId();
  const minted = await mintIdentity(peer_id, secrets);
  const games = Array.from({ length: GAMES_EACH }, (_, i) => readyGame(`light${n + i}`, "1.0", 1_000));
  const identity = { party_id: partyId(secrets), peer_id, secrets, ...minted };
  const peer = await HostilePeer.start({ party, games, identity });
  const { port } = peer.transport;
  const announcement = { peer_id, name: `light ${n}`, proto_ver: PROTOCOL_VERSION, library_rev: 1, port };
  const discovery = createDnsSd({ announcement, named_interfaces: [LOOPBACK] });
  return { peer, announcing: discovery.run(IGNORED, signal) };
}

async function main(party: string, count: number): Promise<void> {
  const secrets = await deriveSecrets(party);
  const leaving = new AbortController();
  const started = [];
  for (let n = 0; n < count; n++) started.push(await startOne(n, party, secrets, leaving.signal));
  print("ready");
  for await (const _ of Deno.stdin.readable) {
    print(String(started.reduce((sum, { peer }) => sum + peer.requests.length, 0)));
  }
  leaving.abort();
  await Promise.all(started.map(({ announcing }) => announcing));
  await Promise.all(started.map(({ peer }) => peer[Symbol.asyncDispose]()));
}

if (import.meta.main) {
  const [party = "", count] = Deno.args;
  await main(party, Number(count));
  Deno.exit(0);
}
