/**
 * What earlier versions left in game directories: where it lies and how it is read. This table is all that is known of
 * them; another name or spelling is a line here.
 *
 * @module
 */

import { z } from "zod";

/** Names of the old files. */
export const LEGACY_NAMES = {
  /** Below the game directory. */
  folder: ".lanspread",
  /** In that folder: the old scan index. A scan finds everything in it again but the library's revision. */
  index: "index.json",
  /** Below a game root: what was about to be done to it. */
  intent: ".lanspread.json",
  /** Below a game root: its setup ran. Only that it is there means something. */
  first_start: ".lanspread_first_start_done",
} as const;

/** The old index grew with the library; the others hold a line. */
export const MAX_LEGACY_BYTES = {
  index: 16 * 1024 * 1024,
  intent: 64 * 1024,
  first_start: 64 * 1024,
} as const;

/** Far above every revision there can be, and far below where numbers become inexact. */
const Revision = z.number().int().nonnegative().max(2 ** 48);

/** The old index; the rest of it is of no use. */
export const LegacyIndex = z.object({ library_rev: Revision.optional(), revision: Revision.optional() })
  .transform(({ library_rev, revision }) => library_rev ?? revision ?? 0);

const id = z.string().max(255).optional();
const Intent = z.string().max(40).transform((text) => text.toLowerCase())
  .pipe(z.enum(["none", "installing", "updating", "uninstalling"]));

/** The old intent, under either name and in any case; `id` is the game that wrote it. */
export const LegacyIntent = z.union([
  z.object({ id, intent: Intent }),
  z.object({ id, state: Intent }).transform(({ id, state }) => ({ id, intent: state })),
]);
