/**
 * One peer a state directory: two processes under one peer_id would be one peer at two addresses for everybody else.
 *
 * @module
 */

import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import { ensureDir } from "../base/std/fs.ts";
import { join } from "../base/std/path.ts";

/**
 * Takes the state directory until the result is disposed, or the process ends in whatever way. Throws
 * `already_running` where another process has it, and `io` where it can't be written.
 */
export async function lockStateDir(state_dir: string): Promise<Disposable> {
  const path = join(state_dir, "lock");
  using opening = new DisposableStack();
  let is_ours: boolean;
  try {
    await ensureDir(state_dir);
    const file = opening.use(await Deno.open(path, { write: true, create: true }));
    is_ours = await file.tryLock(true);
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot write ${path}; choose another --state-dir`);
  }
  if (is_ours) return opening.move();
  throw new LanspreadError(
    "already_running",
    `lanspread runs already with the state folder ${state_dir}; stop it, or give another --state-dir`,
  );
}
