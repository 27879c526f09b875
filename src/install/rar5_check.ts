/**
 * Looks through the blocks of one RAR5 file for what unrar passes over in silence: links of every kind, and an
 * archive that was cut off between two entries.
 *
 * @module
 */

import { closeSync, openSync, readSync } from "node:fs";
import { LanspreadError } from "../base/errors.ts";
import { basename } from "../base/std/path.ts";
import { type StoredEntry, storedEntry } from "./rar5_stored.ts";
import {
  ByteReader,
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
const MAIN_IS_SOLID = 0x04;

/**
 * Throws `archive_unsafe` for a link, `archive_damaged` for a file without its end. Says nothing about files
 * that don't begin as RAR5, nor about encrypted headers: these are unrar's. Gives the entries that need no unpacking.
 */
export function checkRar5(path: string): StoredEntry[] {
  const fd = openSync(path, "r");
  try {
    return isRar5(readAt(fd, 0, READ_BYTES)) ? walkBlocks(fd, path) : [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw cutOff(basename(path), error);
  } finally {
    closeSync(fd);
  }
}

function walkBlocks(fd: number, path: string): StoredEntry[] {
  const stored: StoredEntry[] = [];
  let is_solid = false;
  for (let at = RAR5_FIRST_BLOCK;;) {
    const block = readBlock(fd, at);
    const data_at = at + block.header_bytes;
    switch (block.type) {
      case RAR5_BLOCK.end:
      case RAR5_BLOCK.encryption:
        // unrar reads through a solid archive in any case.
        return is_solid ? [] : stored;
      case RAR5_BLOCK.main:
        is_solid ||= isSolid(block.fields);
        break;
      case RAR5_BLOCK.file: {
        if (isRar5Link(block.extra)) throw linkRefused(basename(path), rar5EntryName(block.fields));
        const entry = storedEntry(block, path, data_at);
        if (entry) stored.push(entry);
      }
    }
    at = data_at + block.data_bytes;
  }
}

function isSolid(fields: Uint8Array): boolean {
  return (new ByteReader(fields).vint() & MAIN_IS_SOLID) !== 0;
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
