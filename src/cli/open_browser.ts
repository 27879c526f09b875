/**
 * Opens an address in the person's browser.
 *
 * @module
 */

import { messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";

/** The program that opens an address, by system. */
const OPENERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
  darwin: ["open"],
};

/** Asks the system to show `address`; a system without a browser is told about in the log. */
export function openInBrowser(address: string): void {
  const [program = "", ...args] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  try {
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    new Deno.Command(program, { args: [...args, address], ...silent }).spawn().unref();
  } catch (error) {
    logger("cli").warn("no browser could be opened: {reason}; open {address} yourself", {
      reason: messageOf(error),
      address,
    });
  }
}
