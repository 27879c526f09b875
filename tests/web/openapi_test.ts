import { assertEquals } from "../support/assert.ts";
import { Control } from "../support/control.ts";
import { OPENAPI_FILE, openApiText } from "../support/openapi_file.ts";

Deno.test("docs/openapi.json is what the schemas say; `deno task openapi` writes it", async () => {
  assertEquals(await Deno.readTextFile(OPENAPI_FILE) === openApiText(), true, "run `deno task openapi`");
});

Deno.test("a running peer hands out the description that lies in docs", async () => {
  await using control = await Control.start();
  const { status, body } = await control.request("GET", "/api/v1/openapi.json");
  assertEquals(status, 200);
  assertEquals(JSON.parse(body), JSON.parse(await Deno.readTextFile(OPENAPI_FILE)));
});
