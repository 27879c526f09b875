/**
 * Findings about this machine: its folders, its disks, its buffers for datagrams. Pure.
 *
 * @module
 */

import { formatBytes } from "../amounts.ts";
import type { Facts, Folder } from "./facts.ts";
import { bad, good, type Judgement, warning } from "./finding.ts";

const GB = 1_000_000_000;
/** Less than this is too little for any game; less than the other one for many. */
const LEAST_FREE_BYTES = 1 * GB;
const LOW_FREE_BYTES = 10 * GB;
/** The library's index and logs of operations. */
const LEAST_STATE_BYTES = 100_000_000;
/** With what Linux gives by itself, 208 KiB, a full gigabit was measured. */
const LEAST_BUFFER_BYTES = 208 * 1_024;
/** Losses below are those of any busy moment. */
const LOST_SHARE = 0.001;
const LEAST_LOST = 1_000;

/** Whether the games' folder can be worked in. */
export function judgeGameFolder({ game_dir, running }: Facts): Judgement {
  if (!game_dir && running) return good("the running peer has one; give --game-dir to have it looked at");
  if (!game_dir) {
    return warning(
      "no game folder is chosen yet",
      "it holds your games, one folder a game",
      "start lanspread --open and choose one on the page, or give it: --game-dir <folder>",
    );
  }
  const flag = "choose another one with --game-dir <folder>";
  if (game_dir.kind === "missing") {
    return bad(
      `the game folder ${game_dir.path} is not there`,
      "lanspread does not make it: the disk that holds it may not be plugged in",
      "make it, or plug its disk in",
      flag,
    );
  }
  return judgeFolder("game folder", game_dir, flag);
}

/** Whether lanspread's own folder can be worked in. */
export function judgeStateFolder({ state_dir }: Facts): Judgement {
  const flag = "choose another one with --state-dir <folder>";
  if (state_dir.kind === "missing" && state_dir.is_writable) {
    return good(`the state folder ${state_dir.path} can be made`);
  }
  return judgeFolder("state folder", state_dir, flag);
}

function judgeFolder(what: string, { path, kind, is_writable }: Folder, flag: string): Judgement {
  if (kind === "not_a_folder") {
    return bad(`the ${what} ${path} is a file`, "lanspread needs a folder there", flag);
  }
  if (is_writable) return good(`the ${what} ${path} can be written`);
  return bad(
    `the ${what} ${path} can't be written`,
    "lanspread has to write there",
    "give your user the right to write there, and look whether its disk is read-only",
    flag,
  );
}

/** Whether there is room. */
export function judgeDisk({ game_dir, state_dir, running }: Facts): Judgement {
  const state_free = state_dir.free_bytes ?? Infinity;
  if (state_free < LEAST_STATE_BYTES) {
    return bad(
      `${formatBytes(state_free)} are free for the state folder ${state_dir.path}`,
      "lanspread keeps its index there and can't go on without room",
      "delete what is not needed on that disk",
    );
  }
  if (game_dir?.free_bytes === undefined) return good("room for games is looked at when there is a folder");
  return judgeRoom(game_dir.path, game_dir.free_bytes, running?.largest_missing_bytes ?? 0);
}

function judgeRoom(path: string, free_bytes: number, largest_bytes: number): Judgement {
  const what = `${formatBytes(free_bytes)} are free for games in ${path}`;
  const room = "lanspread uninstall <game>, then lanspread rm <game>, gives room";
  const small =
    "lanspread stream-install <game> installs without storing the archives, in about half the room";
  if (free_bytes < LEAST_FREE_BYTES) return bad(what, "a game hardly fits", room, small);
  // The archives, and what they hold.
  const needed_bytes = 2 * largest_bytes;
  if (free_bytes < needed_bytes) {
    const why = `the largest game that others have may take ${formatBytes(needed_bytes)} with its install`;
    return warning(what, why, room, small);
  }
  if (free_bytes < LOW_FREE_BYTES) return warning(what, "many games are larger", room, small);
  return good(what);
}

/** Whether datagrams wait in buffers that are large enough. */
export function judgeUdpBuffers({ os, udp_buffers: { receive_bytes, received, lost } }: Facts): Judgement {
  if (receive_bytes === undefined) return good("this system sizes its UDP buffers itself");
  const setting = os === "linux" ? "net.core.rmem_default" : "net.inet.udp.recvspace";
  const larger = `sudo sysctl -w ${setting}=2097152`;
  const keep = `to keep it: put ${setting}=2097152 into a file in /etc/sysctl.d`;
  const again = "start lanspread again: it gets its buffers at its start";
  if (receive_bytes < LEAST_BUFFER_BYTES) {
    const why = "datagrams are lost while the processor is busy, and transfers slow down";
    return warning(`the UDP buffers are small: ${receive_bytes} bytes`, why, larger, keep, again);
  }
  if (lost !== undefined && lost >= LEAST_LOST && lost > (received ?? 0) * LOST_SHARE) {
    return warning(
      `${lost} datagrams were lost since this machine started, as UDP buffers of its programs were full`,
      "each of them is sent again, which slows transfers down",
      ...[larger, keep, again],
    );
  }
  return good(`the UDP buffers of ${receive_bytes} bytes are large enough`);
}
