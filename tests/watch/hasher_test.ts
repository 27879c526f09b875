import { createHash } from "node:crypto";
import { LanspreadError } from "../../src/base/errors.ts";
import type { FileRange } from "../../src/watch/hash_protocol.ts";
import { lookAtFile } from "../../src/watch/file_stamp.ts";
import { Hasher } from "../../src/watch/hasher.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { makeTree, MIB } from "../support/games.ts";
import { never } from "../support/memory_peers.ts";
import { niceValues, no_nice_values } from "../support/nice_values.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const NO_LINKS = Deno.build.os === "windows";
const WORKER = new URL("../../src/watch/hash_worker.ts", import.meta.url);

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Starts real workers and counts them. */
class Workers {
  readonly started: Worker[] = [];
  ended = 0;

  readonly start = (): Worker => {
    const worker = new Worker(WORKER, { type: "module" });
    const terminate = worker.terminate.bind(worker);
    worker.terminate = () => {
      this.ended++;
      terminate();
    };
    this.started.push(worker);
    return worker;
  };
}

async function makeFile(dir: TempDir, size = 3 * MIB + 5): Promise<Uint8Array> {
  await makeTree(dir.path, { "game/a.bin": size });
  return await Deno.readFile(dir.join("game/a.bin"));
}

Deno.test("hash() gives the SHA-256 of exactly the range, with the file's size and stamp", async () => {
  await using dir = await TempDir.make();
  const bytes = await makeFile(dir);
  using hasher = new Hasher();
  const stamp = (await lookAtFile(dir.path, "game/a.bin"))?.stamp;
  for (const [offset, length] of [[0, bytes.length], [0, 0], [1, 2 * MIB], [3 * MIB, 5]] as const) {
    const found = await hasher.hash({ root: dir.path, path: "game/a.bin", offset, length }, never);
    assertEquals<unknown>(found, {
      sha256: sha256(bytes.subarray(offset, offset + length)),
      size: bytes.length,
      stamp,
    });
  }
});

Deno.test("hash() answers everybody who asks at once", async () => {
  await using dir = await TempDir.make();
  const bytes = await makeFile(dir, 100);
  using hasher = new Hasher();
  const asked = Array.from({ length: 100 }, (_, offset) =>
    hasher.hash(
      { root: dir.path, path: "game/a.bin", offset, length: 1 },
      never,
      offset % 2 ? "urgent" : "background",
    ));
  const found = await Promise.all(asked);
  assertEquals<string[]>(
    found.map((one) => one.sha256),
    [...bytes].map((byte) => sha256(Uint8Array.of(byte))),
  );
});

Deno.test("hash() refuses what is not there, is no file, or ends too early", async () => {
  await using dir = await TempDir.make();
  await makeFile(dir, 100);
  using hasher = new Hasher();
  const bad: Partial<FileRange>[] = [
    ...[{ path: "game/missing" }, { path: "game" }, { path: "game/a.bin/b" }, { root: dir.join("missing") }],
    ...[{ length: 101 }, { offset: 1 }, { offset: 200, length: 1 }],
  ];
  for (const lie of bad) {
    const range = { root: dir.path, path: "game/a.bin", offset: 0, length: 100, ...lie };
    const error = await assertRejects(() => hasher.hash(range, never), LanspreadError);
    assertEquals(error.code, "manifest_changed", JSON.stringify(lie));
  }
});

Deno.test({
  name: "hash() follows no link and waits for no pipe" +
    (NO_LINKS ? " (skipped: Windows has no such links)" : ""),
  ignore: NO_LINKS,
  fn: async () => {
    await using dir = await TempDir.make();
    await makeFile(dir, 100);
    await Deno.symlink(dir.join("game"), dir.join("linked"));
    await Deno.symlink(dir.join("game/a.bin"), dir.join("game/link.bin"));
    await new Deno.Command("mkfifo", { args: [dir.join("game/pipe")] }).output();
    using hasher = new Hasher();
    for (const path of ["linked/a.bin", "game/link.bin", "game/pipe"]) {
      const asked = hasher.hash({ root: dir.path, path, offset: 0, length: 0 }, never);
      const error = await assertRejects(() => within(path, asked), LanspreadError);
      assertEquals(error.code, "manifest_changed", path);
    }
    // The folder that the user chose may be one.
    await hasher.hash({ root: dir.join("linked"), path: "a.bin", offset: 0, length: 100 }, never);
  },
});

Deno.test("hash() gives nothing for a file that is written to meanwhile", async () => {
  await using dir = await TempDir.make();
  const size = 256 * MIB;
  const path = await dir.write("a.bin", "");
  await Deno.truncate(path, size);
  using hasher = new Hasher();
  let is_over = false;
  const asked = hasher.hash({ root: dir.path, path: "a.bin", offset: 0, length: size }, never)
    .finally(() => is_over = true);
  const refused = assertRejects(() => asked, LanspreadError, "is not what it was");
  for (let i = 1; !is_over; i++) {
    await Deno.utime(path, i, i);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals((await refused).code, "manifest_changed");
});

Deno.test("hash() stops when its signal aborts, running or waiting, and goes on with others", async () => {
  await using dir = await TempDir.make();
  const path = await dir.write("huge.bin", "");
  await Deno.truncate(path, 1024 * 1024 * MIB);
  await makeFile(dir, 100);
  const workers = new Workers();
  using hasher = new Hasher({ startWorker: workers.start });
  const huge = { root: dir.path, path: "huge.bin", offset: 0, length: 1024 * 1024 * MIB };
  const controllers = [new AbortController(), new AbortController()];
  // A TiB takes minutes: this test ends only if the worker really stops reading.
  const asked = controllers.map(({ signal }) => hasher.hash(huge, signal, "background"));
  const refused = asked.map((one) => assertRejects(() => one, Error, "enough"));
  for (const controller of controllers.toReversed()) controller.abort(new Error("enough"));
  await Promise.all(refused);
  const small = hasher.hash({ root: dir.path, path: "game/a.bin", offset: 0, length: 100 }, never);
  assertEquals((await within("the next hash", small)).size, 100);
  assertEquals(workers.started.length, 1);
  await assertRejects(() => hasher.hash(huge, controllers[0]?.signal ?? never), Error, "enough");
});

Deno.test("what is urgent goes before everything in the background, and there is one of that at a time", async () => {
  await using dir = await TempDir.make();
  await makeFile(dir, 8 * MIB);
  using hasher = new Hasher();
  const order: string[] = [];
  const ask = (name: string, urgency: "urgent" | "background") =>
    hasher.hash({ root: dir.path, path: "game/a.bin", offset: 0, length: 8 * MIB }, never, urgency)
      .then(() => order.push(name));
  const background = ["b1", "b2", "b3"].map((name) => ask(name, "background"));
  const urgent = ["u1", "u2"].map((name) => ask(name, "urgent"));
  await Promise.all([...background, ...urgent]);
  assertEquals(order, ["b1", "u1", "u2", "b2", "b3"]);
});

Deno.test("the worker starts with the first job, ends after a while without one, and comes back", async () => {
  await using dir = await TempDir.make();
  await makeFile(dir, 100);
  const workers = new Workers();
  using hasher = new Hasher({ startWorker: workers.start, idle_ms: 20 });
  assertEquals(workers.started.length, 0);
  const range = { root: dir.path, path: "game/a.bin", offset: 0, length: 100 };
  for (const count of [1, 2]) {
    await hasher.hash(range, never);
    assertEquals(workers.started.length, count);
    await until("the worker's end", () => workers.ended === count);
  }
});

Deno.test("the thread that hashes gives way to all others, also between two jobs", {
  ignore: leftOut("the hashing thread's priority", no_nice_values),
}, async () => {
  await using dir = await TempDir.make();
  await makeFile(dir, 100);
  using hasher = new Hasher();
  await hasher.hash({ root: dir.path, path: "game/a.bin", offset: 0, length: 100 }, never);
  const values = niceValues();
  assertEquals([...values.values()].filter((value) => value > 0), [10]);
  assertEquals(values.get(String(Deno.pid)), 0);
});

Deno.test("a crash of the worker is a clear error for what it was at, and the rest is hashed by another one", async () => {
  await using dir = await TempDir.make();
  await makeFile(dir, 100);
  const workers = new Workers();
  const broken = `data:application/javascript,${
    encodeURIComponent('onmessage = () => { throw new Error("boom"); }')
  }`;
  let is_first = true;
  using hasher = new Hasher({
    startWorker: () => {
      if (!is_first) return workers.start();
      is_first = false;
      return new Worker(broken, { type: "module" });
    },
  });
  const range = { root: dir.path, path: "game/a.bin", offset: 0, length: 100 };
  const first = hasher.hash(range, never, "background");
  const second = hasher.hash(range, never, "background");
  const error = await assertRejects(() => within("the crash", first), LanspreadError);
  assertEquals(error.code, "internal");
  assertMatch(error.message, /hashing stopped unexpectedly .*boom/);
  assertEquals((await within("the other worker", second)).size, 100);
  assertEquals(workers.started.length, 1);
});

Deno.test("a hasher that is disposed ends its worker and everybody's wait, and takes nothing more", async () => {
  await using dir = await TempDir.make();
  await makeFile(dir, 100);
  const workers = new Workers();
  const hasher = new Hasher({ startWorker: workers.start });
  const range = { root: dir.path, path: "game/a.bin", offset: 0, length: 100 };
  const asked = Array.from({ length: 20 }, () => hasher.hash(range, never));
  const refused = asked.map((one) => assertRejects(() => one, LanspreadError));
  hasher[Symbol.dispose]();
  for (const error of await Promise.all(refused)) assertEquals(error.code, "cancelled");
  assert(workers.ended === 1);
  assertEquals((await assertRejects(() => hasher.hash(range, never), LanspreadError)).code, "cancelled");
});
