/**
 * Where the running peer of a state folder is reached: `<state_dir>/control.json`, for this user's eyes only.
 *
 * @module
 */

import { z } from "zod";
import { writeFileAtomic } from "../base/atomic_file.ts";
import { toLanspreadError } from "../base/errors.ts";
import { join } from "../base/std/path.ts";

/** What the file holds. */
export const Control = z.object({
  address: z.string().regex(/^127\.0\.0\.1:\d{1,5}$/),
  token: z.string().min(32),
});
export type Control = z.infer<typeof Control>;

const FILE = "control.json";

/** Writes the file; disposing the result removes it again, unless it is somebody else's by then. Throws `io`. */
export async function writeControl(state_dir: string, control: Control): Promise<AsyncDisposable> {
  const path = join(state_dir, FILE);
  try {
    await writeFileAtomic(path, JSON.stringify(control) + "\n", { mode: 0o600 });
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot write ${path}`);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      const now = await readControl(state_dir);
      if (now?.token === control.token) await Deno.remove(path).catch(() => {});
    },
  };
}

/** Reads the file; `undefined` where there is none, or it is none of ours. */
export async function readControl(state_dir: string): Promise<Control | undefined> {
  try {
    return Control.parse(JSON.parse(await Deno.readTextFile(join(state_dir, FILE))));
  } catch {
    return undefined;
  }
}

/** A new token: 256 random bits. */
export function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}
