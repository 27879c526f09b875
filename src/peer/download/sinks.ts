/**
 * Where the bytes of a range go: to their place in a file, or for the sentinel to memory.
 *
 * @module
 */

import { toLanspreadError } from "../../base/errors.ts";
import { openNoFollow } from "../../base/nofollow_file.ts";
import { writeQuickly } from "../../base/pace.ts";
import { join } from "../../base/std/path.ts";

/** Takes bytes one after another. Failures are local ones: no other source would help. */
export interface RangeSink extends Disposable {
  write(bytes: Uint8Array): Promise<void>;
}

/** A file below a folder; neither it nor any folder on the way is a link. */
export interface FilePlace {
  readonly root: string;
  /** Relative, with `/`. */
  readonly path: string;
}

/** A sink that writes into an existing file from `offset` on, through a handle of its own. */
export class FileSink implements RangeSink {
  readonly #file: Deno.FsFile;
  readonly #context: string;

  private constructor(file: Deno.FsFile, context: string) {
    this.#file = file;
    this.#context = context;
  }

  /** Throws `io`. */
  static async open({ root, path }: FilePlace, offset: number): Promise<FileSink> {
    const context = `Cannot write ${join(root, path)}`;
    try {
      using handle = new DisposableStack();
      const file = handle.use(await openNoFollow(root, path, "write"));
      if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);
      handle.move();
      return new FileSink(file, context);
    } catch (error) {
      throw toLanspreadError(error, "io", context);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeQuickly(this.#file, bytes);
    } catch (error) {
      throw toLanspreadError(error, "io", this.#context);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Makes what was written to a file durable, through whatever handle. Throws `io` and `disk_full`. */
export async function syncFile({ root, path }: FilePlace): Promise<void> {
  try {
    using file = await openNoFollow(root, path, "write");
    await file.syncData();
  } catch (error) {
    throw toLanspreadError(error, "io", `Cannot write ${join(root, path)}`);
  }
}

/** A small file in memory. */
export class MemoryFile {
  /** Its content; zeros where nothing was written yet. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(size_bytes: number) {
    this.bytes = new Uint8Array(size_bytes);
  }

  /** A sink that writes from `offset` on. Throws `RangeError` behind the end of the file. */
  sinkAt(offset: number): RangeSink {
    let at = offset;
    return {
      write: (bytes) => {
        this.bytes.set(bytes, at);
        at += bytes.length;
        return Promise.resolve();
      },
      [Symbol.dispose]: () => {},
    };
  }
}
