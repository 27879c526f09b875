import { Monitor, type MonitorOptions, RECONCILE_MS, RETRY_MS } from "../../src/watch/monitor.ts";
import type { Watcher, WatchEvent } from "../../src/watch/watch_set.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { AsyncQueue } from "../../src/base/async_queue.ts";
import { SYSTEM_CLOCK } from "../../src/base/clock.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempDir } from "../support/temp_dir.ts";

/** A monitor over a real folder that notes what it does. */
class Watch implements AsyncDisposable {
  readonly scans: string[] = [];
  readonly problems: string[] = [];
  readonly busy = new Set<string>();
  readonly monitor: Monitor;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(readonly dir: TempDir, options: Partial<MonitorOptions> = {}) {
    this.monitor = new Monitor({
      game_dir: dir.path,
      clock: SYSTEM_CLOCK,
      rescan: (id) => Promise.resolve(void this.scans.push(id)),
      reconcile: () => Promise.resolve(void this.scans.push("everything")),
      isBusy: (id) => this.busy.has(id),
      onProblem: (message) => void this.problems.push(message),
      ...options,
    });
    this.#running = this.monitor.run(this.#stop.signal).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.dir[Symbol.asyncDispose]();
  }
}

/** A watcher whose events a test makes up. */
class FakeWatcher extends AsyncQueue<WatchEvent> implements Watcher {
  constructor(readonly paths: readonly string[]) {
    super();
  }
}

/** Hands out fake watchers and keeps them. */
function fakeOpener() {
  const opened: FakeWatcher[] = [];
  const open = (paths: string[]) => {
    const watcher = new FakeWatcher(paths);
    opened.push(watcher);
    return watcher;
  };
  return { opened, open };
}

const REAL = { sanitizeOps: true, sanitizeResources: true };

Deno.test(
  "a file written into a root, a new root and a removed root each lead to a scan of that root",
  REAL,
  async () => {
    await using watch = new Watch(await TempDir.make());
    await watch.dir.mkdir("quake");
    await until("the new root is scanned", () => watch.scans.includes("quake"));
    await watch.dir.write("quake/version.ini", "1.0");
    await until("the write is seen", () => watch.scans.filter((id) => id === "quake").length >= 2);
    await watch.dir.mkdir("doom");
    await until("the second root is scanned", () => watch.scans.includes("doom"));
    const before = watch.scans.length;
    await Deno.remove(watch.dir.join("quake"), { recursive: true });
    await until("the removal is seen", () => watch.scans.slice(before).includes("quake"));
  },
);

Deno.test(
  "what happens in a root made just now is seen though it was not watched at that moment",
  REAL,
  async () => {
    const found: string[] = [];
    await using watch = new Watch(await TempDir.make(), {
      rescan: async (id) => {
        const names = await Array.fromAsync(Deno.readDir(watch.dir.join(id)), ({ name }) => name);
        found.push(...names.map((name) => `${id}/${name}`));
      },
    });
    await until("it watches", async () => {
      await watch.dir.mkdir("first");
      await watch.dir.write("first/x", "x");
      return found.includes("first/x");
    });
    await watch.dir.mkdir("second");
    await watch.dir.write("second/version.ini", "1.0");
    await until("the sentinel is found", () => found.includes("second/version.ini"));
  },
);

Deno.test("a root that is replaced under its name is watched anew and scanned", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  const dir = await TempDir.make();
  await dir.mkdir("doom");
  await using watch = new Watch(dir, { open, clock });
  const watcher = await until("a watcher", () => opened[0]);
  await clock.advance(1_000);
  watch.scans.length = 0;
  watcher.push({ kind: "create", paths: [dir.join("doom")] });
  await until("another watcher", async () => {
    await clock.advance(1_000);
    return opened.length === 2;
  });
  // The old one has ended: it takes no event any more.
  assertEquals(watcher.push({ kind: "modify", paths: [dir.join("doom", "a")] }), false);
  await until("a scan", async () => {
    await clock.advance(1_000);
    return watch.scans.includes("doom");
  });
});

Deno.test("a root that an operation makes is watched and scanned when that is over", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  await using watch = new Watch(await TempDir.make(), { open, clock });
  const watcher = await until("a watcher", () => opened[0]);
  // Never as far as to the next full scan, which would make up for what is missing.
  let passed_ms = 0;
  const pass = async () => {
    if (passed_ms < RECONCILE_MS / 2) await clock.advance(100);
    passed_ms += 100;
  };
  watch.busy.add("doom");
  const listed = watch.dir.join("quake");
  for (const made of [watch.dir.join("doom"), listed]) {
    await Deno.mkdir(made);
    watcher.push({ kind: "create", paths: [made] });
  }
  await until("the other root is watched", async () => {
    await pass();
    return opened.at(-1)?.paths.includes(listed);
  });
  assertEquals(opened.at(-1)?.paths, [watch.dir.path, listed]);
  watch.busy.delete("doom");
  watch.monitor.released(parseGameId("doom"));
  await until("it is watched and scanned", async () => {
    await pass();
    return opened.at(-1)?.paths.includes(watch.dir.join("doom")) && watch.scans.includes("doom");
  });
});

Deno.test("what happens in a root after the operation that made it is seen", REAL, async () => {
  await using watch = new Watch(await TempDir.make());
  await until("it watches", async () => {
    await watch.dir.mkdir("first");
    return watch.scans.includes("first");
  });
  watch.busy.add("doom");
  await watch.dir.write("doom/data.bin", "x");
  await watch.dir.mkdir("second");
  await until("it looked again at what is there", () => watch.scans.includes("second"));
  watch.busy.delete("doom");
  watch.monitor.released(parseGameId("doom"));
  // The end of the operation leads to two scans at most.
  await until("writes are seen", async () => {
    await watch.dir.write("doom/version.ini", "1.0");
    return watch.scans.filter((id) => id === "doom").length > 3;
  });
});

Deno.test("a rewrite of the same length is seen", REAL, async () => {
  const dir = await TempDir.make();
  await dir.write("doom/version.ini", "1.0");
  const versions: string[] = [];
  await using watch = new Watch(dir, {
    rescan: async (id) => void versions.push(await Deno.readTextFile(dir.join(id, "version.ini"))),
  });
  await until("the first version is seen", () => versions.includes("1.0"));
  await watch.dir.write("doom/version.ini", "2.0");
  await until("the second version is seen", () => versions.at(-1) === "2.0");
});

Deno.test("reading a game leads to no scan, writing to it does", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  await using watch = new Watch(await TempDir.make(), { open, clock });
  const watcher = await until("a watcher", () => opened[0]);
  watcher.push({ kind: "access", paths: [watch.dir.join("doom", "data.bin")] });
  await clock.advance(1_000);
  assertEquals(watch.scans, []);
  watcher.push({ kind: "modify", paths: [watch.dir.join("doom", "data.bin")] });
  await clock.advance(1_000);
  assertEquals(watch.scans, ["doom"]);
});

Deno.test("many events at once lead to one scan, and events during a scan to one more", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  const scan = Promise.withResolvers<void>();
  let scans = 0;
  await using watch = new Watch(await TempDir.make(), {
    open,
    clock,
    rescan: () => {
      scans++;
      return scans === 1 ? scan.promise : Promise.resolve();
    },
  });
  const watcher = await until("a watcher", () => opened[0]);
  const write = () => watcher.push({ kind: "modify", paths: [watch.dir.join("doom", "data.bin")] });
  for (let i = 0; i < 50; i++) write();
  await clock.advance(1_000);
  assertEquals(scans, 1);
  for (let i = 0; i < 50; i++) write();
  await clock.advance(1_000);
  assertEquals(scans, 1);
  scan.resolve();
  await clock.advance(1_000);
  assertEquals(scans, 2);
});

Deno.test("events during an operation wait for its end and lead to one scan then", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  await using watch = new Watch(await TempDir.make(), { open, clock });
  const watcher = await until("a watcher", () => opened[0]);
  watch.busy.add("doom");
  for (let i = 0; i < 9; i++) watcher.push({ kind: "modify", paths: [watch.dir.join("doom", `part${i}`)] });
  await clock.advance(10_000);
  assertEquals(watch.scans, []);
  watch.busy.delete("doom");
  const [game] = ["doom" as never];
  watch.monitor.released(game);
  watch.monitor.released(game);
  await clock.advance(1_000);
  assertEquals(watch.scans, ["doom"]);
});

Deno.test("lost events lead to a full scan", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  await using watch = new Watch(await TempDir.make(), { open, clock });
  (await until("a watcher", () => opened[0])).push({ kind: "other", paths: [], flag: "rescan" });
  await clock.advance(1_000);
  assertEquals(watch.scans, ["everything"]);
});

Deno.test("a full scan runs every 300 s, also where watching is impossible, which is told once", async () => {
  const clock = new FakeClock();
  const open = () => {
    throw new Error("No space left on device");
  };
  await using watch = new Watch(await TempDir.make(), { open, clock });
  for (let i = 1; i <= 3; i++) {
    await until("it sleeps", () => clock.sleeping > 0);
    await clock.advance(RECONCILE_MS);
    await until("a full scan", () => watch.scans.length >= i);
  }
  assertEquals(watch.scans, ["everything", "everything", "everything"]);
  assertEquals(watch.problems.length, 1);
  assertStringIncludes(watch.problems[0] ?? "", "No space left on device");
});

Deno.test("watching begins again when it becomes possible", async () => {
  const clock = new FakeClock();
  const { opened, open } = fakeOpener();
  let is_possible = false;
  const openLater = (paths: string[]) => {
    if (!is_possible) throw new Error("too many watches");
    return open(paths);
  };
  await using watch = new Watch(await TempDir.make(), { open: openLater, clock });
  await until("it sleeps", () => clock.sleeping > 0);
  is_possible = true;
  await clock.advance(RECONCILE_MS);
  assertEquals((await until("a watcher", () => opened[0])).paths, [watch.dir.path]);
});

Deno.test("a scan that fails is told, and the next hint scans again", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  let scans = 0;
  await using watch = new Watch(await TempDir.make(), {
    open,
    clock,
    rescan: () => Promise.reject(new Error(`no permission ${++scans}`)),
  });
  const watcher = await until("a watcher", () => opened[0]);
  for (const scan of [1, 2]) {
    watcher.push({ kind: "modify", paths: [watch.dir.join("doom", "a")] });
    await clock.advance(1_000);
    assertStringIncludes(watch.problems[scan - 1] ?? "", `no permission ${scan}`);
  }
});

Deno.test("names that are no game ids are passed over", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  await using watch = new Watch(await TempDir.make(), { open, clock });
  const watcher = await until("a watcher", () => opened[0]);
  for (const path of ["../elsewhere", "..", ".", ".lanspread/index.json", "CON/x", "local"]) {
    watcher.push({ kind: "modify", paths: [watch.dir.join(path)] });
  }
  await clock.advance(1_000);
  assertEquals([watch.scans, watch.problems], [[], []]);
});

Deno.test("very many new roots at once lead to one full scan", async () => {
  const { open } = fakeOpener();
  const clock = new FakeClock();
  const dir = await TempDir.make();
  for (let i = 0; i < 40; i++) await dir.mkdir(`game${i}`);
  await using watch = new Watch(dir, { open, clock });
  await until("a full scan", () => watch.scans.length > 0);
  await clock.advance(1_000);
  assertEquals(watch.scans, ["everything"]);
});

Deno.test("a scan that fails is tried again by itself until it succeeds, and told once", async () => {
  const { opened, open } = fakeOpener();
  const clock = new FakeClock();
  let scans = 0;
  let is_locked = true;
  await using watch = new Watch(await TempDir.make(), {
    open,
    clock,
    rescan: () => {
      scans++;
      return is_locked ? Promise.reject(new Error("it is locked")) : Promise.resolve();
    },
  });
  const watcher = await until("a watcher", () => opened[0]);
  watcher.push({ kind: "modify", paths: [watch.dir.join("doom", "data.bin")] });
  await clock.advance(1_000);
  assertEquals([scans, watch.problems], [1, ["doom can't be scanned now: it is locked"]]);
  await clock.advance(3 * RETRY_MS);
  assertEquals([scans > 2, watch.problems.length], [true, 1]);
  is_locked = false;
  const before = scans;
  await clock.advance(RETRY_MS + 1_000);
  assertEquals(scans, before + 1);
  await clock.advance(5 * RETRY_MS);
  assertEquals(scans, before + 1);
});
