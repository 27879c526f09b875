/**
 * What the control API can be asked, as data: the server answers by this table, and the description of the API is made
 * from it.
 *
 * @module
 */

import type { z } from "zod";
import { LanspreadError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { answerCommand, CommandResult } from "../peer/answers.ts";
import { showPeer } from "../peer/command_desk.ts";
import { Command } from "../peer/commands.ts";
import type { KnownPeer } from "../peer/peer_db.ts";
import type { PeerRuntime } from "../peer/peer.ts";
import { type GameId, parseGameId } from "../proto/ids.ts";
import { Games, Holders, OneGame, Peers, Settings, Status, Told } from "./answer_schemas.ts";
import { parseBody } from "./body.ts";
import { Folders, FolderWish, homeFolder, listFolders } from "./folders.ts";
import type { EventFeed } from "./event_feed.ts";
import { eventStream, lastIdOf } from "./event_stream.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { describeApi } from "./openapi.ts";
import { statusOf } from "./statuses.ts";

/** What the routes work on. */
export interface ApiParts {
  peer: Pick<PeerRuntime, "send" | "snapshot" | "game">;
  feed: EventFeed;
}

/** One thing that can be asked. A `POST` changes something and needs the token. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  /** What has to be sent. */
  readonly body?: z.ZodType;
  readonly answer: { readonly type: string; readonly schema?: z.ZodType };
  /** Answers. `body` is the text that was sent. Throws a `LanspreadError`. */
  run(parts: ApiParts, request: Request, body: string): Response | Promise<Response>;
}

const JSON_TYPE = "application/json";

/** Every route. */
export const ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/commands",
    summary:
      "Gives the peer a command; answers when it is accepted or refused. What follows is told by events.",
    body: Command,
    answer: { type: JSON_TYPE, schema: CommandResult },
    run: async ({ peer }, _, body) => {
      const result = await answerCommand(peer, () => parseBody(body));
      return json(result, result.ok ? 200 : statusOf(result.error.code));
    },
  },
  {
    method: "GET",
    path: "/api/v1/games",
    summary: "The games: what is here, what others have, what runs.",
    answer: { type: JSON_TYPE, schema: Games },
    run: ({ peer }) => json({ games: peer.snapshot().games }),
  },
  {
    method: "GET",
    path: "/api/v1/game",
    summary: "The game of the parameter game_id, with its description and its folder, which no list tells.",
    answer: { type: JSON_TYPE, schema: OneGame },
    run: ({ peer }, request) => json({ game: peer.game(gameIdOf(request)) }),
  },
  {
    method: "GET",
    path: "/api/v1/peers",
    summary: "The other peers and what they announce.",
    answer: { type: JSON_TYPE, schema: Peers },
    run: ({ peer }) => json({ peers: peer.snapshot().peers.map(showPeer) }),
  },
  {
    method: "GET",
    path: "/api/v1/holders",
    summary: "The peers that announce the game of the parameter game_id, in whatever version.",
    answer: { type: JSON_TYPE, schema: Holders },
    run: ({ peer }, request) => json({ holders: holdersOf(peer.snapshot().peers, gameIdOf(request)) }),
  },
  {
    method: "POST",
    path: "/api/v1/folders",
    summary:
      "The folders in a folder of this machine, to choose the game folder from; an empty path is the home.",
    body: FolderWish,
    answer: { type: JSON_TYPE, schema: Folders },
    run: async (_, __, body) => {
      const wish = FolderWish.safeParse(parseBody(body)).data;
      if (!wish) throw new LanspreadError("invalid_request", 'send {"path": "<a folder>"}');
      return json(await listFolders(wish.path, homeFolder(), wish.name));
    },
  },
  {
    method: "GET",
    path: "/api/v1/settings",
    summary: "How this peer is set.",
    answer: { type: JSON_TYPE, schema: Settings },
    run: ({ peer }) => json(peer.snapshot().settings),
  },
  {
    method: "GET",
    path: "/api/v1/status",
    summary: "This peer.",
    answer: { type: JSON_TYPE, schema: Status },
    run: ({ peer }) => json(peer.snapshot().status),
  },
  {
    method: "GET",
    path: "/api/v1/events",
    summary:
      "Everything that happens, as server-sent events. First comes a snapshot of the whole state, or, after " +
      "the header Last-Event-ID, what was missed since then.",
    answer: { type: "text/event-stream", schema: Told },
    run: ({ feed }, request) => eventStream(feed, lastIdOf(request.headers)),
  },
  {
    method: "GET",
    path: "/api/v1/openapi.json",
    summary: "This description.",
    answer: { type: JSON_TYPE },
    run: () => json(describeApi(ROUTES)),
  },
  {
    method: "GET",
    path: "/metrics",
    summary: "Figures for Prometheus.",
    answer: { type: METRICS_TYPE },
    run: ({ peer, feed }) => {
      const resident_bytes = Deno.memoryUsage().rss;
      const figures = {
        version: VERSION,
        snapshot: peer.snapshot(),
        resident_bytes,
        listeners: feed.listeners,
      };
      return new Response(renderMetrics(figures), { headers: { "content-type": METRICS_TYPE } });
    },
  },
];

function gameIdOf(request: Request): GameId {
  return parseGameId(new URL(request.url).searchParams.get("game_id") ?? undefined);
}

function holdersOf(peers: readonly KnownPeer[], game_id: GameId): Holders["holders"] {
  return peers.flatMap(({ peer_id, name, games }) => {
    const game = games.get(game_id);
    if (!game) return [];
    const { version, size, downloaded, installed, availability } = game;
    return [{ peer_id, name, version, size, downloaded, installed, availability }];
  });
}

/** An answer in JSON that nobody stores. */
export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}
