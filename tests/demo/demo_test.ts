/**
 * The demo as somebody starts it: a process of its own, with a temporary folder that belongs to the test.
 *
 * @module
 */

import { fromFileUrl } from "../../src/base/std/path.ts";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertMatch,
  assertStringIncludes,
} from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { TempDir } from "../support/temp_dir.ts";
import { isAlive } from "./cleanup.ts";

const DEMO = fromFileUrl(new URL("./demo.ts", import.meta.url));
const DEADLINE_MS = 120_000;
const ON_WINDOWS = Deno.build.os === "windows";

/** A running demo and what it printed. */
class Demo implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  stdout = "";
  stderr = "";

  private constructor(readonly dir: TempDir) {
    const path = dir.path;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", DEMO],
      env: { TMPDIR: path, TEMP: path, TMP: path },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      read(this.#child.stdout, (text) => this.stdout += text),
      read(this.#child.stderr, (text) => this.stderr += text),
    ]);
  }

  static async start(): Promise<Demo> {
    return new Demo(await TempDir.make());
  }

  /** The processes of the peers, as the demo shows them. */
  get pids(): number[] {
    return [...this.stdout.matchAll(/^ {3}(?:alice|bob|carol) +(\d+) +127/gm)].map((match) =>
      Number(match[1])
    );
  }

  pidOf(name: string): number {
    const pid = new RegExp(`^ {3}${name} +(\\d+) +127`, "m").exec(this.stdout)?.[1];
    assert(pid !== undefined, `no process of ${name} in\n${this.stdout}`);
    return Number(pid);
  }

  /** Waits until one peer has the archive of the big game, complete or not. */
  async archiveAt(name: string): Promise<void> {
    await until(`the archive at ${name}`, () => {
      assert(
        !this.stdout.includes("Summary") && this.stderr === "",
        `too late:\n${this.stdout}${this.stderr}`,
      );
      return [...Deno.readDirSync(this.dir.path)].some((entry) =>
        exists(this.dir.join(entry.name, name, "games", "iron_orbit", "iron_orbit.eti"))
      );
    }, DEADLINE_MS);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end of the demo. */
  async exitCode(): Promise<number> {
    const { code } = await within("the demo", this.#child.status, DEADLINE_MS);
    await this.#reading;
    return code;
  }

  /** What a finished demo must not leave. */
  assertNothingLeft(): void {
    assertEquals([...Deno.readDirSync(this.dir.path)].map(({ name }) => name), []);
    assertEquals(this.pids.filter(isAlive), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill();
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#reading;
    await this.dir[Symbol.asyncDispose]();
  }
}

async function read(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A pipe gets lines that can be pasted: no colours, nothing redrawn, at most 80 columns. */
function assertPlain({ stdout, dir }: Demo): void {
  assert(!/\p{Cc}/u.test(stdout.replaceAll("\n", "")), "a control character");
  const lines = stdout.split("\n").filter((line) => !line.includes(dir.path));
  assertEquals(lines.filter((line) => [...line].length > 80), []);
}

Deno.test("the demo shows a download from two sources to its last byte, in plain lines, and leaves nothing", async () => {
  await using demo = await Demo.start();
  assertEquals(await demo.exitCode(), 0, demo.stderr);
  const { stdout } = demo;
  for (
    const step of ["Games", "Peers", "Discovery by mDNS", "Download of iron_orbit", "Install", "Goodbye"]
  ) {
    assertMatch(stdout, new RegExp(`^\\d\\. ${step}`, "m"));
  }
  assertMatch(stdout, /iron_orbit downloaded +256\.2 MB/);
  const chunks = [...stdout.matchAll(/from (?:alice|bob) .* (\d+) chunks?,/g)].map((match) =>
    Number(match[1])
  );
  assertEquals(chunks.length, 4);
  // 16 of the big archive, one of the small one, and of each game the picture and version.ini. A chunk that two sent
  // together, because one of them was held up, counts at both.
  assertGreaterOrEqual(chunks.reduce((sum, count) => sum + count, 0), 16 + 1 + 4);
  const sent = [...stdout.matchAll(/from (?:alice|bob) +([\d.]+) (MB|kB)/g)]
    .reduce((sum, [, amount, unit]) => sum + Number(amount) / (unit === "kB" ? 1_000 : 1), 0);
  // Rounded four times: 256.2 and 12.1 MB, and no byte of them twice.
  assert(Math.abs(sent - (256.2 + 12.1)) < 0.4, `${sent} MB were sent`);
  assert(chunks.slice(0, 2).every((count) => count > 1), "one source sent next to nothing");
  assertMatch(stdout, /✓ 19 files, 536\.3 MB: every byte equal/);
  assertMatch(stdout, /✓ nothing left/);
  assertEquals(demo.pids.length, 3);
  assertPlain(demo);
  demo.assertNothingLeft();
});

// Windows has no signals that one process could send to another.
Deno.test({
  name: "SIGINT while the download runs ends the demo with 130 and leaves nothing",
  ignore: ON_WINDOWS,
  fn: async () => {
    await using demo = await Demo.start();
    await demo.archiveAt("carol");
    demo.kill("SIGINT");
    assertEquals(await demo.exitCode(), 130, demo.stderr);
    assertStringIncludes(demo.stderr, "Stopped at step 5, Download of iron_orbit");
    assert(!demo.stdout.includes("Install"), "the download was over already");
    assertEquals(demo.pids.length, 3);
    demo.assertNothingLeft();
  },
});

Deno.test({
  name: "SIGTERM while the games are made ends the demo with 143 and leaves nothing",
  ignore: ON_WINDOWS,
  fn: async () => {
    await using demo = await Demo.start();
    await demo.archiveAt("alice");
    demo.kill("SIGTERM");
    assertEquals(await demo.exitCode(), 143, demo.stderr);
    assertStringIncludes(demo.stderr, "Stopped at step 1, Games");
    assertEquals(demo.pids, []);
    demo.assertNothingLeft();
  },
});

Deno.test("a peer that dies fails the demo with 1, the step, its last words, and nothing left", async () => {
  await using demo = await Demo.start();
  await demo.archiveAt("carol");
  const pid = demo.pidOf("carol");
  Deno.kill(pid, "SIGKILL");
  assertEquals(await demo.exitCode(), 1);
  assertStringIncludes(demo.stderr, "The demo failed at step 5, Download of iron_orbit");
  assertStringIncludes(demo.stderr, "carol did not come to download-finished: the peer has ended");
  assertMatch(
    demo.stderr,
    new RegExp(`carol \\(process ${pid}, has ended\\)\n   last events:\n( {6}.*\n)*.*iron_orbit`),
  );
  demo.assertNothingLeft();
});
