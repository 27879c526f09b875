/**
 * Describes the control API as OpenAPI 3.1, from the routes and their schemas. Pure.
 *
 * @module
 */

import { z } from "zod";
import { VERSION } from "../base/version.ts";
import { CommandResult } from "../peer/answers.ts";
import { Command } from "../peer/commands.ts";
import { Event, Game, ListedPeer, Refusal, Settings, Snapshot, Status, Told } from "./answer_schemas.ts";
import type { Route } from "./routes.ts";

/** Schemas that have a name of their own in the description. */
const NAMED: Record<string, z.ZodType> = {
  Command,
  CommandResult,
  Event,
  Game,
  Peer: ListedPeer,
  Refusal,
  Settings,
  Snapshot,
  Status,
  Told,
};

/** The description as a value to be made JSON. */
export function describeApi(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = describeRoute(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "lanspread control API",
      version: VERSION,
      description:
        "Listens on a loopback address only. Address and token stand in control.json of the state folder.",
    },
    paths,
    components: {
      schemas: describeSchemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function describeRoute({ method, summary, body, answer }: Route): Record<string, unknown> {
  const schema = answer.schema ? { schema: describe(answer.schema) } : {};
  return {
    summary,
    ...method === "POST" ? { security: [{ token: [] }] } : {},
    ...body
      ? { requestBody: { required: true, content: { "application/json": { schema: describe(body) } } } }
      : {},
    responses: {
      200: { description: "It is so.", content: { [answer.type]: schema } },
      default: {
        description: "Refused, with a reason.",
        content: { "application/json": { schema: describe(Refusal) } },
      },
    },
  };
}

/** A named schema by its name, another one by what it holds. */
function describe(schema: z.ZodType): unknown {
  const name = Object.entries(NAMED).find(([, named]) => named === schema)?.[0];
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  const { $schema: _, ...described } = z.toJSONSchema(schema, OPTIONS);
  return described;
}

const OPTIONS = { io: "input", unrepresentable: "any" } as const;

function describeSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...OPTIONS, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...described }]) => [name, described]),
  );
}
