import { buildPage } from "../../src/web/page/build.ts";
import { assertEquals } from "../support/assert.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";

const DIST = new URL("../../src/web/page/dist/", import.meta.url);
const FILES = ["app.css", "app.js", "icon.svg", "index.html"];

await using dir = await TempDir.make();
const built = new URL(`file://${dir.path}/`);
const problem = await buildPage(built).then(() => undefined, (error) => String(error).split("\n")[0]);
const files = await Promise.all(FILES.map(async (name) => {
  const [kept, made] = await Promise.all([DIST, built].map((folder) => read(new URL(name, folder))));
  return { name, kept, made };
}));

async function read(url: URL): Promise<string | undefined> {
  return await Deno.readTextFile(url).catch(() => undefined);
}

Deno.test("the page that is kept is the one that its sources make: deno task page", {
  ignore: leftOut("building the page", problem),
}, () => {
  for (const { name, kept, made } of files) {
    assertEquals(made === kept, true, `${name} is not what its sources make; run deno task page`);
  }
});

Deno.test("the page asks for nothing from elsewhere, and holds no script in its text", () => {
  for (const { name, kept = "" } of files) {
    const addresses = [...kept.matchAll(/https?:\/\/[^\s"'`)<]+/g)].map(([address]) => address);
    const others = addresses.filter((address) => !address.startsWith("http://www.w3.org/"));
    assertEquals([name, others], [name, []]);
  }
  const html = files.find(({ name }) => name === "index.html")?.kept ?? "";
  assertEquals(html.match(/<script(?![^>]*\ssrc=)/g), null);
  assertEquals(html.match(/\s(on\w+|style)=/g), null);
});
