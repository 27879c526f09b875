/**
 * What a command prints while it runs in the test's own process.
 *
 * @module
 */

/** Catches both outputs until it is disposed. */
export class Printed implements Disposable {
  out = "";
  err = "";
  readonly #writes = { out: Deno.stdout.write, err: Deno.stderr.write };

  constructor() {
    Deno.stdout.write = (bytes) => this.#keep("out", bytes);
    Deno.stderr.write = (bytes) => this.#keep("err", bytes);
  }

  #keep(where: "out" | "err", bytes: Uint8Array): Promise<number> {
    this[where] += new TextDecoder().decode(bytes);
    return Promise.resolve(bytes.length);
  }

  [Symbol.dispose](): void {
    Deno.stdout.write = this.#writes.out;
    Deno.stderr.write = this.#writes.err;
  }
}
