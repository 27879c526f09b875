import type { z } from "zod";
import type { PeerEvent } from "../../src/peer/events.ts";
import type { Event } from "../../src/web/answer_schemas.ts";
import { assert } from "../support/assert.ts";

type Told = z.infer<typeof Event>["event"];
type Missing = Exclude<PeerEvent["event"], Told>;
type Invented = Exclude<Told, PeerEvent["event"]>;

Deno.test("every event of a peer has a schema, and no schema is for anything else", () => {
  // The compiler looks: with one event too few or too many this file does not type-check.
  const is_complete: [Missing, Invented] extends [never, never] ? true : false = true;
  assert(is_complete);
});
