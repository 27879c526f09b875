/**
 * Looks through the blocks of one RAR5 file for what unrar passes over in silence: links of every kind, and an
 * archive that was cut off between two entries.
 *
 * @module
 */

import { closeSync, openSync, readSync } from "node:fs";
import { LanspreadError } from "../base/errors.ts";
import { basename } from "../base/std/path.ts";
import {
  isRar5,
  isRar5Link,
  parseRar5Block,
  RAR5_BLOCK,
  RAR5_FIRST_BLOCK,
  rar5EntryName,
  rar5HeaderBytes,
} from "./rar_header.ts";

// Holds almost every header, so that one read a block is enough.
const READ_BYTES = 4_096;

/**
 * Throws `archive_unsafe` for a link, `archive_damaged` for a file without its end. Says nothing about files
 * that don't begin as RAR5, nor about encrypted headers: these are unrar's.
 */
export function checkRar5(path: string): void {
  const fd = openSync(path, "r");
  try {
    if (isRar5(readAt(fd, 0, READ_BYTES))) walkBlocks(fd, basename(path));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw cutOff(basename(path), error);
  } finally {
    closeSync(fd);
  }
}

function walkBlocks(fd: number, archive: string): void {
  for (let at = RAR5_FIRST_BLOCK;;) {
    const block = readBlock(fd, at);
    if (block.type === RAR5_BLOCK.end || block.type === RAR5_BLOCK.encryption) return;
    if (block.type === RAR5_BLOCK.file && isRar5Link(block.extra)) {
      throw linkRefused(archive, rar5EntryName(block.fields));
    }
    at += block.header_bytes + block.data_bytes;
  }
}

function readBlock(fd: number, at: number) {
  const head = readAt(fd, at, READ_BYTES);
  const header_bytes = rar5HeaderBytes(head);
  return parseRar5Block(header_bytes <= head.length ? head : readAt(fd, at, header_bytes));
}

function readAt(fd: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
}

function linkRefused(archive: string, name: string): LanspreadError {
  return new LanspreadError(
    "archive_unsafe",
    `${archive}: entry ${JSON.stringify(name.slice(0, 120))} is a link; ` +
      "ask for an archive that holds files and folders only",
  );
}

function cutOff(archive: string, cause: RangeError): LanspreadError {
  return new LanspreadError(
    "archive_damaged",
    `${archive} is damaged or cut off (${cause.message}); download it again`,
    { cause },
  );
}
