/**
 * The platforms that lanspread is made for.
 *
 * @module
 */

/** One platform, as Deno, people and npm name it. */
export interface Target {
  /** As in the names of the files: `linux-x64`. */
  readonly name: string;
  /** What `deno compile --target` takes. */
  readonly triple: string;
  readonly os: typeof Deno.build.os;
  readonly arch: typeof Deno.build.arch;
  /** The npm package with quiche's native add-on; `undefined` where its authors make none. */
  readonly native_package: string | undefined;
}

/** All of them, in the order in which they are made. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    triple: "x86_64-unknown-linux-gnu",
    os: "linux",
    arch: "x86_64",
    native_package: "@matrixai/quic-linux-x64",
  },
  {
    name: "linux-arm64",
    triple: "aarch64-unknown-linux-gnu",
    os: "linux",
    arch: "aarch64",
    native_package: undefined,
  },
  {
    name: "windows-x64",
    triple: "x86_64-pc-windows-msvc",
    os: "windows",
    arch: "x86_64",
    native_package: "@matrixai/quic-win32-x64",
  },
  {
    name: "macos-x64",
    triple: "x86_64-apple-darwin",
    os: "darwin",
    arch: "x86_64",
    native_package: "@matrixai/quic-darwin-x64",
  },
  {
    name: "macos-arm64",
    triple: "aarch64-apple-darwin",
    os: "darwin",
    arch: "aarch64",
    native_package: "@matrixai/quic-darwin-arm64",
  },
];

/** The target that this machine is; `undefined` where lanspread is not made for it. */
export function hostTarget(build: { os: string; arch: string } = Deno.build): Target | undefined {
  return TARGETS.find(({ os, arch }) => os === build.os && arch === build.arch);
}

/** The file's name: the plain one for this machine's own, one that tells all for a folder of many. */
export function fileName(target: Target, version?: string): string {
  const stem = version === undefined ? "lanspread" : `lanspread-${version}-${target.name}`;
  return target.os === "windows" ? `${stem}.exe` : stem;
}
