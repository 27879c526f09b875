import { LanspreadError } from "../../src/base/errors.ts";
import { openDatabase, transaction } from "../../src/watch/database.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { TempDir } from "../support/temp_dir.ts";

const FIRST = "CREATE TABLE t (x INTEGER) STRICT; INSERT INTO t VALUES (1)";
const SECOND = "ALTER TABLE t ADD COLUMN y INTEGER DEFAULT 7";

function rowsOf(path: string, migrations: string[]) {
  const { db, notice } = openDatabase(path, migrations, 1_000);
  using _db = db;
  return { rows: db.prepare("SELECT * FROM t").all().map((row) => ({ ...row })), notice };
}

Deno.test("openDatabase() runs the migrations that a file lacks, once, and keeps the rows", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("new/folder/library.db");
  assertEquals(rowsOf(path, [FIRST]), { rows: [{ x: 1 }], notice: null });
  assertEquals(rowsOf(path, [FIRST, SECOND]), { rows: [{ x: 1, y: 7 }], notice: null });
  assertEquals(rowsOf(path, [FIRST, SECOND]), { rows: [{ x: 1, y: 7 }], notice: null });
});

Deno.test("openDatabase() leaves the file as it was when a migration fails", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("library.db");
  rowsOf(path, [FIRST]);
  const wrong = `${SECOND}; CREATE NONSENSE`;
  const error = assertThrows(() => openDatabase(path, [FIRST, wrong], 1_000), LanspreadError, path);
  assertEquals(error.code, "io");
  assertEquals(rowsOf(path, [FIRST]), { rows: [{ x: 1 }], notice: null });
});

Deno.test("transaction() takes everything back when its action fails, and can be begun again", async () => {
  await using dir = await TempDir.make();
  const { db } = openDatabase(dir.join("library.db"), [FIRST], 1_000);
  using _db = db;
  const insert = () => db.exec("INSERT INTO t VALUES (2)");
  assertThrows(
    () =>
      transaction(db, () => {
        insert();
        throw new RangeError("no");
      }),
    RangeError,
  );
  assertEquals(db.prepare("SELECT count(*) n FROM t").get()?.n, 1);
  transaction(db, insert);
  assertEquals(db.prepare("SELECT count(*) n FROM t").get()?.n, 2);
});
