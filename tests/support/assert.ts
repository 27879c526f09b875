// The npm republication of Deno's std has no declarations; this file gives them.
// @ts-types="./assert.d.ts"
export * from "@std/assert";
