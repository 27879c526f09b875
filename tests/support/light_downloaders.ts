/**
 * Many peers in one process that ask one source for chunks without an end and throw them away: real QUIC, a true
 * handshake, nothing else.
 *
 * Run as a program, with a `Crowd` as JSON: it lives until stdin ends; each line on stdin is answered by what every
 * peer was sent so far.
 *
 * ```ts ignore
 * await using crowd = await LightDownloaders.start({ party, addr, game_id: "big", requests: [1, 1, 32] });
 * const [first] = await crowd.received();
 * ```
 *
 * @module
 */

import type { ByteStream } from "../../src/peer/transport/port.ts";
import { mintIdentity } from "../../src/peer/transport/mint.ts";
import { deriveSecrets, partyId } from "../../src/peer/transport/party.ts";
import { readFrame } from "../../src/peer/exchange.ts";
import { encodeFrame } from "../../src/proto/codec.ts";
import { CHUNK_BYTES, MAX_ANSWER_BYTES } from "../../src/proto/limits.ts";
import { HostilePeer, type WireValue } from "./hostile_peer.ts";
import { newPeerId } from "./parties.ts";
import { print } from "./print.ts";

const READ_BYTES = 64 * 1024;
const PAUSE_MS = 200;
const MAX_DIALS = 5;

/** Who asks whom for what. */
export interface Crowd {
  party: string;
  addr: string;
  game_id: string;
  /** How many requests each peer keeps open. */
  requests: number[];
  /** Bytes that a peer reads of a chunk before it reads no more; without it everything. */
  stalls_after?: number;
}

/** What one peer was sent so far. */
export interface Received {
  bytes: number;
  /** How often the source said that it is busy. */
  busy: number;
  /** Streams that broke, and other errors. */
  broken: number;
}

/** The peers of a helper process. */
export class LightDownloaders implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  private constructor(crowd: Crowd) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-net", import.meta.url, JSON.stringify(crowd)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts the peers and waits until each has shaken hands and asks. */
  static async start(crowd: Crowd): Promise<LightDownloaders> {
    const peers = new LightDownloaders(crowd);
    await peers.#line();
    return peers;
  }

  /** What each peer was sent so far. */
  async received(): Promise<Received[]> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return JSON.parse(await this.#line());
  }

  async #line(): Promise<string> {
    while (true) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("the light downloaders have ended");
      this.#rest += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel();
    await this.#child.status;
  }
}

/** Asks for chunk after chunk of the largest file of the game. */
async function download(peer: HostilePeer, crowd: Crowd, received: Received, from: number): Promise<void> {
  const details = await peer.ask({ type: "get_game", game_id: crowd.game_id });
  const files = details.files as { path: string; size: number }[];
  const largest = files.reduce((a, b) => a.size > b.size ? a : b);
  for (let n = from;; n++) {
    const offset = n * CHUNK_BYTES % largest.size;
    const length = Math.min(CHUNK_BYTES, largest.size - offset);
    const { game_id, manifest_hash } = details;
    const request = { type: "get_chunk", game_id, manifest_hash, path: largest.path, offset, length };
    const pause = await fetchOne(peer, request, received, crowd).catch(() => {
      received.broken++;
      return true;
    });
    if (pause) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** `true` when the source is busy. */
async function fetchOne(
  peer: HostilePeer,
  request: WireValue,
  received: Received,
  { stalls_after = Infinity }: Crowd,
): Promise<boolean> {
  const stream = await peer.openStream();
  try {
    await stream.write(encodeFrame(request, MAX_ANSWER_BYTES));
    await stream.finish();
    const answer = await readFrame(stream, MAX_ANSWER_BYTES) as WireValue;
    if (answer.type === "chunk") await drain(stream, Number(answer.length), received, stalls_after);
    else if (answer.code === "busy") received.busy++;
    else throw new Error(String(answer.message));
    return answer.type !== "chunk";
  } finally {
    stream.reset();
  }
}

async function drain(stream: ByteStream, length: number, received: Received, stalls_after: number) {
  let buffer = new Uint8Array(READ_BYTES);
  for (let left = length; left > 0;) {
    if (length - left >= stalls_after) await new Promise(() => {});
    const part = await stream.read(buffer.subarray(0, left));
    if (!part) throw new Error("the stream ended");
    received.bytes += part.length;
    left -= part.length;
    buffer = new Uint8Array(part.buffer);
  }
}

/** Where processors are scarce datagrams are lost, and a handshake may time out: it is tried again. */
async function greet(peer: HostilePeer, addr: string): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      await peer.greet(addr);
      return;
    } catch (error) {
      if (tries === MAX_DIALS) throw error;
    }
  }
}

async function main(crowd: Crowd): Promise<void> {
  const secrets = await deriveSecrets(crowd.party);
  const all: Received[] = [];
  const peers: HostilePeer[] = [];
  for (const _ of crowd.requests) {
    const peer_id = newPeerId();
    const identity = {
      party_id: partyId(secrets),
      peer_id,
      secrets,
      ...await mintIdentity(peer_id, secrets),
    };
    const peer = await HostilePeer.start({ party: crowd.party, identity });
    await greet(peer, crowd.addr);
    peers.push(peer);
  }
  for (const [n, peer] of peers.entries()) {
    const received: Received = { bytes: 0, busy: 0, broken: 0 };
    all.push(received);
    for (let i = 0; i < (crowd.requests[n] ?? 1); i++) download(peer, crowd, received, n + i).catch(() => {});
  }
  print("ready");
  for await (const _ of Deno.stdin.readable) print(JSON.stringify(all));
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0] ?? "{}"));
  Deno.exit(0);
}
