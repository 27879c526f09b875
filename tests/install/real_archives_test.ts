/**
 * Real RAR archives, held against an independent unpacker: each comes out the same, or is refused with one clear
 * error; nothing is written beside the destination.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { LanspreadError } from "../../src/base/errors.ts";
import { walk } from "../../src/base/std/fs.ts";
import { fromFileUrl, join, relative } from "../../src/base/std/path.ts";
import { IntentLog } from "../../src/install/intent.ts";
import { installGame } from "../../src/install/transaction.ts";
import { unpack } from "../../src/install/unpack.ts";
import { parseGameId } from "../../src/proto/ids.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";
import { print } from "../support/print.ts";

const FIXTURES = fromFileUrl(new URL("../../../shared/fixtures/rar/", import.meta.url));
const PREFIX = "test_read_format_";
const PARTS = "rar5_multiarchive.part0";
const NEVER = new AbortController().signal;
// The oracle runs forever on one of the damaged archives.
const ORACLE_MS = 20_000;
const DOS_TIME_MS = 2_000;

/** What must come of each archive; one that is not named here may do either. */
const EXPECTED: Record<string, "same" | "better" | LanspreadError["code"]> = {
  // Links. The oracle makes them; an install refuses them.
  "rar.rar": "archive_unsafe",
  "rar5_hardlink.rar": "archive_unsafe",
  "rar5_symlink.rar": "archive_unsafe",
  "rar5_unicode.rar": "archive_unsafe",
  "rar_compress_normal.rar": "archive_unsafe",
  "rar_unicode.rar": "archive_unsafe",
  "rar5_blake2.rar": "same",
  "rar5_compressed.rar": "same",
  "rar5_fileattr.rar": "same",
  "rar5_multiarchive.part01.rar": "same",
  "rar5_multiple_files.rar": "same",
  "rar5_multiple_files_solid.rar": "same",
  "rar5_solid.rar": "same",
  "rar5_stored.rar": "same",
  "rar5_stored_manyfiles.rar": "same",
  "rar5_win32.rar": "same",
  "rar_windows.rar": "same",
  "rar5_multiarchive.part02.rar": "archive_missing",
  "rar5_multiarchive.part08.rar": "archive_missing",
  "rar5_encrypted.rar": "archive_encrypted",
  "rar5_encrypted_filenames.rar": "archive_encrypted",
  "rar_encryption_data.rar": "archive_encrypted",
  // A directory with data: the oracle never ends.
  "rar5_dirdata.rar": "archive_damaged",
  "rar5_distance_overflow.rar": "archive_damaged",
  "rar5_truncated_huff.rar": "archive_damaged",
  "rar5_unpacked_size_exceeds_declared.rar": "archive_damaged",
  "rar_invalid1.rar": "archive_damaged",
  // The oracle itself reports a wrong checksum; what comes out here has the one of the header.
  "rar_ppmd_lzss_conversion.rar": "better",
};
const PPMD_CRC32 = 4_146_807_927;

function hasOracle(): boolean {
  try {
    return new Deno.Command("bsdtar", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

function fixtures(): string[] {
  try {
    return [...Deno.readDirSync(FIXTURES)].map(({ name }) => name).filter((name) => name.endsWith(".rar"))
      .sort();
  } catch {
    return [];
  }
}

const archives = fixtures();
const skipped = archives.length === 0
  ? `there are no archives at ${FIXTURES}`
  : hasOracle()
  ? undefined
  : "bsdtar is not installed";
if (skipped) print(`${skipped}: the tests with real RAR archives are left out`);

/** Path to length, CRC-32 and time of each file; a directory has a slash at its end. */
async function tree(root: string): Promise<Map<string, { content: string; modified_ms: number }>> {
  const found = new Map<string, { content: string; modified_ms: number }>();
  for await (const { path, isFile, isDirectory } of walk(root)) {
    if (path === root) continue;
    const bytes = isFile ? await Deno.readFile(path) : new Uint8Array(0);
    const modified_ms = (await Deno.lstat(path)).mtime?.getTime() ?? 0;
    const content = `${bytes.length} ${crc32(bytes)}`;
    found.set(relative(root, path).normalize("NFC") + (isDirectory ? "/" : ""), { content, modified_ms });
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Unpacks with bsdtar; false where it fails. It takes volumes as one stream. */
async function unpackWithOracle(archive: string, destination: string): Promise<boolean> {
  const parts = archive.includes(`${PARTS}1`) ? archives.filter((name) => name.includes(PARTS)) : [archive];
  const child = new Deno.Command("bsdtar", {
    args: ["-xf", "-"],
    cwd: destination,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(ORACLE_MS),
  }).spawn();
  try {
    const writer = child.stdin.getWriter();
    for (const part of parts) await writer.write(await Deno.readFile(join(FIXTURES, part)));
    await writer.close();
  } catch (error) {
    // It may end before it has read everything.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return (await child.status).success;
}

/** Unpacks one archive beside a canary and answers "same", "better" or the code of the refusal. */
async function verdict(archive: string): Promise<string> {
  await using dir = await TempDir.make();
  const destination = await dir.mkdir("parent/out");
  await dir.write("parent/canary", "alive");
  try {
    await unpack({ archives: [join(FIXTURES, archive)], destination, signal: NEVER });
  } catch (error) {
    assert(error instanceof LanspreadError, `${archive}: ${error}`);
    assertStringIncludes(error.message, archive);
    return error.code;
  } finally {
    const beside = (await Array.fromAsync(Deno.readDir(dir.join("parent")))).map(({ name }) => name).sort();
    assertEquals(beside, ["canary", "out"]);
    assertEquals((await Array.fromAsync(Deno.readDir(dir.path))).length, 1);
  }
  return await compare(archive, destination, await dir.mkdir("oracle"));
}

async function compare(archive: string, destination: string, oracle: string): Promise<string> {
  const ours = await tree(destination);
  if (!await unpackWithOracle(archive, oracle)) return "better";
  const theirs = await tree(oracle);
  assertEquals([...ours.keys()], [...theirs.keys()], archive);
  for (const [path, { content, modified_ms }] of ours) {
    assertEquals(content, theirs.get(path)?.content, `${archive}: ${path}`);
    const difference_ms = Math.abs(modified_ms - (theirs.get(path)?.modified_ms ?? 0));
    assert(difference_ms <= DOS_TIME_MS, `${archive}: ${path} is ${difference_ms} ms off`);
  }
  return "same";
}

Deno.test({
  name: "unpack() gives what bsdtar gives, or refuses clearly, for every real archive",
  ignore: skipped !== undefined,
  fn: async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      unhandled.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", onUnhandled);
    const counts = new Map<string, number>();
    try {
      for (const archive of archives) {
        const got = await verdict(archive);
        counts.set(got, (counts.get(got) ?? 0) + 1);
        assertEquals(got, EXPECTED[archive.slice(PREFIX.length)] ?? got, archive);
      }
    } finally {
      globalThis.removeEventListener("unhandledrejection", onUnhandled);
    }
    assertEquals(unhandled, []);
    const { same = 0, better = 0, ...refused } = Object.fromEntries(counts);
    const codes = Object.entries(refused).map(([code, count]) => `${count} ${code}`).join(", ");
    print(`${same} extracted identically, ${better} where bsdtar fails, refused: ${codes}`);
  },
});

Deno.test({
  name: "unpack() gives the bytes of the header's checksum where bsdtar reports a wrong one",
  ignore: skipped !== undefined,
  fn: async () => {
    await using dir = await TempDir.make();
    const archive = join(FIXTURES, `${PREFIX}rar_ppmd_lzss_conversion.rar`);
    await unpack({ archives: [archive], destination: dir.path, signal: NEVER });
    const bytes = await Deno.readFile(dir.join("ppmd_lzss_conversion_test.txt"));
    assertEquals(bytes.length, 241_647_978);
    assertEquals(crc32(bytes), PPMD_CRC32);
  },
});

/** A game root whose archive comes in eight parts, without those in `missing`. */
async function volumes(dir: TempDir, missing: string[] = []): Promise<string> {
  const root = await dir.mkdir("game");
  for (const name of archives.filter((name) => name.includes(PARTS))) {
    const part = /part0\d/.exec(name)?.[0] ?? "";
    if (!missing.includes(part)) await Deno.copyFile(join(FIXTURES, name), `${root}/game.${part}.eti`);
  }
  await dir.write("game/version.ini", "1.0");
  return root;
}

function install(dir: TempDir, game_root: string) {
  const intents = new IntentLog(dir.join("state"));
  return installGame({ game_id: parseGameId("game"), game_root, intents, signal: NEVER });
}

Deno.test({
  name: "installGame() finds the further parts of an archive by itself",
  ignore: skipped !== undefined,
  fn: async () => {
    await using dir = await TempDir.make();
    const game_root = await volumes(dir);
    const result = await install(dir, game_root);
    assertEquals(result, { files: 2, bytes: 510_280 });
    const oracle = await dir.mkdir("oracle");
    assertEquals(await compare(`${PREFIX}${PARTS}1.rar`, join(game_root, "local"), oracle), "same");
  },
});

for (const missing of ["part01", "part02", "part08"]) {
  Deno.test({
    name: `installGame() tells that ${missing} is missing and leaves nothing behind`,
    ignore: skipped !== undefined,
    fn: async () => {
      await using dir = await TempDir.make();
      const game_root = await volumes(dir, [missing]);
      const error = await assertRejects(
        () => install(dir, game_root),
        LanspreadError,
      );
      assertEquals(error.code, "archive_missing");
      assertStringIncludes(error.message, missing === "part01" ? "later parts" : `game.${missing}.eti`);
      assertEquals((await Array.fromAsync(Deno.readDir(game_root))).length, 8);
    },
  });
}
