/**
 * This peer's stable identity, in `<state_dir>/peer.json`.
 *
 * @module
 */

import { z } from "zod";
import { writeFileAtomic } from "../base/atomic_file.ts";
import { LanspreadError, toLanspreadError } from "../base/errors.ts";
import { ensureDir } from "../base/std/fs.ts";
import { join } from "../base/std/path.ts";
import { PeerId } from "../proto/ids.ts";

const PeerFile = z.object({ peer_id: PeerId });

/**
 * Reads the peer_id, or makes and writes one at the first start. A damaged file is an error, not a new identity: the
 * others would see a second peer. Throws `io`.
 */
export async function loadPeerId(state_dir: string): Promise<PeerId> {
  const path = join(state_dir, "peer.json");
  try {
    return parsePeerFile(path, await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw toLanspreadError(error, "io", `Cannot read ${path}`);
  }
  const peer_id = PeerId.parse(crypto.randomUUID());
  try {
    await ensureDir(state_dir);
    await writeFileAtomic(path, JSON.stringify({ peer_id }) + "\n");
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot write ${path}; choose another --state-dir`);
  }
  return peer_id;
}

function parsePeerFile(path: string, text: string): PeerId {
  try {
    return PeerFile.parse(JSON.parse(text)).peer_id;
  } catch (cause) {
    throw new LanspreadError("io", `${path} is damaged; delete it to get a new identity`, { cause });
  }
}
