/**
 * Answers HTTP requests to the control API: looks who asks, finds the route, and makes every failure a clear answer.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { BODY_TIMEOUT_MS, BodyTooLarge, MAX_BODY_BYTES, readBody } from "./body.ts";
import { objectionToChange, objectionToSender, type Own } from "./guard.ts";
import { type ApiParts, json, type Route, ROUTES } from "./routes.ts";
import { statusOf } from "./statuses.ts";

/** Changes that are answered at a time. */
const MAX_CHANGES = 64;

/** Whoever else answers, such as the page; `undefined` for what is not theirs. The sender is checked already. */
export type Others = (request: Request) => Response | Promise<Response> | undefined;

/** The control API of one peer. */
export class Api {
  #changes = 0;

  constructor(
    readonly parts: ApiParts,
    readonly own: Own,
    readonly signal: AbortSignal,
    readonly others: Others = () => undefined,
    readonly routes: readonly Route[] = ROUTES,
    readonly body_timeout_ms = BODY_TIMEOUT_MS,
  ) {}

  /** Answers a request; never throws. */
  async answer(request: Request): Promise<Response> {
    try {
      return await this.#answer(request);
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #answer(request: Request): Promise<Response> {
    const objection = objectionToSender(request.headers, this.own);
    if (objection) return refuse(objection.status, objection.code, objection.message);
    const { pathname } = new URL(request.url);
    const here = this.routes.filter(({ path }) => path === pathname);
    const route = here.find(({ method }) => method === request.method);
    if (route?.method === "POST") return await this.#change(route, request);
    if (route) return await route.run(this.parts, request, "");
    if (here.length === 0) return await this.others(request) ?? unknown(pathname);
    const allow = here.map(({ method }) => method).join(", ");
    const refused = refuse(405, "invalid_request", `${pathname} takes ${allow}, not ${request.method}`);
    refused.headers.set("allow", allow);
    return refused;
  }

  async #change(route: Route, request: Request): Promise<Response> {
    const objection = objectionToChange(request.headers, this.own);
    if (objection) return refuse(objection.status, objection.code, objection.message);
    const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") {
      return refuse(415, "invalid_request", "send the content type application/json");
    }
    if (this.#changes >= MAX_CHANGES) {
      throw new LanspreadError("busy", "too many commands at once; try again");
    }
    this.#changes++;
    try {
      const body = await readBody(request, this.signal, this.body_timeout_ms);
      return await route.run(this.parts, request, body);
    } finally {
      this.#changes--;
    }
  }

  #failed(error: unknown): Response {
    if (error instanceof BodyTooLarge) {
      return refuse(413, "invalid_request", `the body is longer than ${MAX_BODY_BYTES} bytes`);
    }
    if (error instanceof LanspreadError) return refuse(statusOf(error.code), error.code, error.message);
    logger("web").error("a request failed: {reason}", { reason: messageOf(error) });
    return refuse(500, "internal", "the request failed; the log says why");
  }
}

function unknown(pathname: string): Response {
  const what = JSON.stringify(pathname.slice(0, 80));
  return refuse(404, "invalid_request", `there is no ${what}; /api/v1/openapi.json lists what there is`);
}

function refuse(status: number, code: string, message: string): Response {
  return json({ error: { code, message } }, status);
}
