/**
 * Opens an address in the person's browser.
 *
 * @module
 */

import { abortable } from "../base/abort.ts";
import { messageOf } from "../base/errors.ts";
import { complain } from "./output.ts";

/** The program that opens an address, by system. */
const OPENERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
  darwin: ["open"],
};

/**
 * Asks the system to show `address`. Where there is no browser, or none that could be opened, that is told with what
 * to do. Waits as long as the system's program runs, on some systems as long as the browser is open; throws the
 * signal's reason.
 */
export async function openInBrowser(address: string, signal: AbortSignal): Promise<void> {
  const [program = "", ...args] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  try {
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const child = new Deno.Command(program, { args: [...args, address], ...silent }).spawn();
    // The browser stays open when lanspread ends.
    child.unref();
    const { success, code } = await abortable(child.status, signal);
    if (!success) throw new Error(`${program} ended with exit code ${code}`);
  } catch (error) {
    signal.throwIfAborted();
    await complain(`no browser could be opened: ${messageOf(error)}; open ${address} yourself`);
  }
}
