/**
 * A control API with a peer of straw behind it, and a raw client that may misbehave.
 *
 * ```ts ignore
 * await using control = await Control.start();
 * const { status } = await control.request("GET", "/api/v1/status");
 * ```
 *
 * @module
 */

import { LanspreadError } from "../../src/base/errors.ts";
import type { PeerSnapshot } from "../../src/peer/command_desk.ts";
import type { Command } from "../../src/peer/commands.ts";
import { EventBus, type GameDetails } from "../../src/peer/events.ts";
import { type GameId, SocketAddress } from "../../src/proto/ids.ts";
import { type ControlServer, startControlServer } from "../../src/web/control_server.ts";
import { HTTP_LIMITS, type HttpLimits, listenHttp, type Listening } from "../../src/web/http_server.ts";
import { within } from "./deadline.ts";
import { newPeerId } from "./parties.ts";
import { EMPTY_STATE } from "./states.ts";
import { TempDir } from "./temp_dir.ts";

/** How a request differs from a proper one. */
export interface RequestOptions {
  headers?: Record<string, string>;
  body?: string;
}

/** A whole answer. */
export interface Answer {
  status: number;
  headers: string;
  body: string;
}

/** A control API for tests; disposing it ends it and removes its folder. */
export class Control implements AsyncDisposable {
  readonly sent: Command[] = [];
  readonly bus = new EventBus();
  /** What commands answer. */
  onCommand: (command: Command) => unknown = () => ({});
  /** What is told of one game alone. */
  onGame: (game_id: GameId) => GameDetails = (game_id) => {
    const game = this.snapshot.games.find(({ id }) => id === game_id);
    if (game) return { ...game, folder: null };
    throw new LanspreadError("game_not_found", `${game_id} is not here, and nobody else has it`);
  };
  snapshot: PeerSnapshot = {
    status: {
      peer_id: newPeerId(),
      listen_addr: SocketAddress.parse("127.0.0.1:5477"),
      library_rev: 3,
      quic: "deno",
      peer_count: 0,
      operations: [],
    },
    games: [],
    peers: [],
    transferred: [],
    held_ms: { up: 0, down: 0 },
    settings: EMPTY_STATE.settings,
    incompatible: [],
  };

  private constructor(readonly dir: TempDir, public server: ControlServer, public http: Listening) {}

  static async start(limits: Partial<HttpLimits> = {}): Promise<Control> {
    const dir = await TempDir.make();
    const control = new Control(dir, undefined as never, undefined as never);
    const { bus } = control;
    const peer = {
      send: (command: Command) => {
        control.sent.push(command);
        return Promise.resolve(control.onCommand(command));
      },
      snapshot: () => control.snapshot,
      game: (game_id: GameId) => control.onGame(game_id),
    };
    const events = bus.listen();
    control.http = await listenHttp(0, { ...HTTP_LIMITS, ...limits });
    control.server = await startControlServer({ peer, events, state_dir: dir.path, port: control.http });
    return control;
  }

  get port(): number {
    return Number(this.server.address.split(":")[1]);
  }

  /** The headers of a proper change. */
  get proper(): Record<string, string> {
    return { authorization: `Bearer ${this.server.token}`, "content-type": "application/json" };
  }

  /** Sends a command as it should be, with headers added or replaced. */
  command(command: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const body = typeof command === "string" ? command : JSON.stringify(command);
    return this.request("POST", "/api/v1/commands", { headers: { ...this.proper, ...headers }, body });
  }

  /** One request on a connection of its own; only the headers that are given, and Host. */
  async request(
    method: string,
    path: string,
    { headers = {}, body = "" }: RequestOptions = {},
  ): Promise<Answer> {
    using connection = await this.send(method, path, { headers: { connection: "close", ...headers }, body });
    return await readAnswer(connection);
  }

  /** Sends a request and leaves its answer to be read. */
  async send(
    method: string,
    path: string,
    { headers = {}, body = "" }: RequestOptions,
  ): Promise<Deno.TcpConn> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
    const length = new TextEncoder().encode(body).length;
    const all: Record<string, string> = { host: `127.0.0.1:${this.port}`, ...headers };
    if (body !== "") all["content-length"] ??= `${length}`;
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    await write(connection, `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bus.close();
    await this.server[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

/** Writes all of a text; what breaks off on the way is the other end's business. */
export async function write(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) {
      throw error;
    }
  }
}

/** Reads one answer, to the length that it says, or to the end of the connection. */
export async function readAnswer(connection: Deno.Conn): Promise<Answer> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  for (let text = "";;) {
    const count = await within("an answer", connection.read(buffer));
    text += decoder.decode(buffer.subarray(0, count ?? 0), { stream: true });
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const headers = head.toLowerCase();
    const body = rest.join("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/m.exec(headers)?.[1] ?? NaN);
    const is_whole = rest.length > 0 && new TextEncoder().encode(body).length >= length;
    if (!count || is_whole) {
      return { status: Number(/^http\/1\.1 (\d{3})/.exec(headers)?.[1]), headers, body };
    }
  }
}

/** The refusal of a command. */
export function refusal(): never {
  throw new LanspreadError("operation_active", "Cannot download alienswarm: its install is still running");
}
