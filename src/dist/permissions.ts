/**
 * What the program is allowed to do, each permission with its reason.
 *
 * None of them is narrowed to names or paths: the folders, the games and the network are the user's choice and known
 * only while it runs, and a program that may start any game could start another one without limits anyway. What is
 * gained by naming them is that a new kind of permission is never there by accident.
 *
 * @module
 */

const ALLOWED: readonly (readonly [flag: string, why: string])[] = [
  ["--allow-net", "QUIC and mDNS over UDP on the local network, the control API on loopback"],
  ["--allow-read", "the game folder and the state folder, wherever the user put them"],
  ["--allow-write", "downloads, installs, the state folder"],
  ["--allow-env", "LANSPREAD_*, where home is, the terminal's kind; npm packages look at names of their own"],
  ["--allow-run", "launching an installed game; systemctl, schtasks or launchctl for the service"],
  ["--allow-sys", "the host name, the network interfaces, free disk space, memory, a thread's priority"],
  ["--allow-ffi", "the native add-on of --quic matrixai, which is unpacked to a path made up at run time"],
];

/**
 * Linux only: the runtime opens `/proc/self/fd` for programs that have every permission and for no others, and by this
 * way files are opened without following a link that somebody swaps in (`base/nofollow_file.ts`). The program itself
 * imports nothing from anywhere.
 */
const FOR_PROC = "--allow-import";
const ELSEWHERE = "--deny-import";

/** The permissions as flags for `deno`; what is not named is refused without a question. */
export function permissionFlags(os: typeof Deno.build.os): string[] {
  const flags = ALLOWED.map(([flag]) => flag);
  return [...flags, os === "linux" ? FOR_PROC : ELSEWHERE, "--no-prompt"];
}
