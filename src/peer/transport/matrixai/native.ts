/**
 * Loads quiche, once and only when this engine was chosen.
 *
 * @module
 */

import { LanspreadError, messageOf } from "../../../base/errors.ts";
import type { Quiche } from "./quiche.d.ts";

/**
 * The native part of `@matrixai/quic`. Throws `usage` where it has no binary for this platform, or the runtime has no
 * datagram sockets.
 */
export async function loadQuiche(
  load: () => Promise<{ default: { default: Quiche } }> = () => import("./binding.ts"),
): Promise<Quiche> {
  try {
    return (await load()).default.default;
  } catch (cause) {
    throw new LanspreadError(
      "usage",
      `--quic matrixai: no native binary for ${Deno.build.os} ${Deno.build.arch} could be loaded (${
        firstLine(messageOf(cause))
      }); use --quic deno`,
      { cause },
    );
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.slice(0, 200) ?? "";
}
