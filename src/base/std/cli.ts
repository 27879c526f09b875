// The npm republication of Deno's std has no declarations; this file gives them.
// @ts-types="./cli.d.ts"
export { parseArgs } from "@std/cli/parse-args";
