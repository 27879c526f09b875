/**
 * The door to quiche's native code. Importing it loads the binary of this platform, or throws.
 *
 * @module
 */

// Of the package only this file is imported: its classes need a dozen packages more, and are slow.
// @ts-types="./quiche.d.ts"
export { default } from "@matrixai/quic/dist/native/quiche.js";
