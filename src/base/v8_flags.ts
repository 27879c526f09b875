/**
 * What V8 is told wherever lanspread is started; the tasks of deno.json say the same.
 *
 * @module
 */

/** V8 keeps room for short-lived objects that a peer never needs, and never gives it back: 40 MB less. */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";
