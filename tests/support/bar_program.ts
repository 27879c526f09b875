/**
 * Draws one bar of a download that stands still, for tests that look at it on a terminal. Ends when a key is pressed.
 *
 * @module
 */

import { openView } from "../../src/cli/progress_view.ts";

await using view = openView(false);
await view.line("1942: downloading 40.0 MB from 1 source");
const figures = {
  label: "1942",
  done_bytes: 20e6,
  total_bytes: 40e6,
  bytes_per_s: 10_000,
  sources: 1,
  eta_s: 2_000,
};
await view.figures(figures);
Deno.stdin.setRaw(true);
await Deno.stdin.read(new Uint8Array(1));
Deno.stdin.setRaw(false);
