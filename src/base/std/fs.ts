// The npm republication of Deno's std has no declarations; this file gives them.
// @ts-types="./fs.d.ts"
export { ensureDir } from "@std/fs/ensure-dir";
// @ts-types="./fs.d.ts"
export { walk } from "@std/fs/walk";
