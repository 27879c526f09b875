/**
 * Nothing is left behind by a benchmark that is stopped: processes, namespaces and folders go as they do at its end.
 *
 * @module
 */

const UNIX_SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const held: AsyncDisposable[] = [];

/** Disposes `resource` also when the benchmark is interrupted. Its owner may have disposed it already. */
export function atInterrupt<T extends AsyncDisposable>(resource: T): T {
  held.push(resource);
  return resource;
}

let ending: Promise<void> | undefined;

/** Ends the program at Ctrl-C, with everything disposed that was made, the newest first. */
export function endOnInterrupt(): void {
  for (const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : UNIX_SIGNALS) {
    Deno.addSignalListener(signal, () => ending ??= end());
  }
  // What still runs while everything goes away may fail, which is no news.
  globalThis.addEventListener("unhandledrejection", (event) => ending && event.preventDefault());
}

/** Resolves at once; never where the program is about to end because it was interrupted. */
export async function interrupted(): Promise<void> {
  await ending;
}

async function end(): Promise<void> {
  await disposeAll();
  // The benchmark went on meanwhile and may have made a folder again.
  await disposeAll();
  Deno.exit(INTERRUPTED);
}

async function disposeAll(): Promise<void> {
  for (const resource of held.toReversed()) {
    await Promise.resolve(resource[Symbol.asyncDispose]()).catch(() => {});
  }
}
