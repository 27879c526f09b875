/**
 * The door to unrar in WebAssembly. The package's own classes hide attributes, check no names and write wherever an
 * entry says; this is the layer below them.
 *
 * @module
 */

// The package types this as `any`; this file gives it types.
// @ts-types="./unrar.d.ts"
export { getUnrar } from "node-unrar-js/dist/js/unrar.singleton.js";
