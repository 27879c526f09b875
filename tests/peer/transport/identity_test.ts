import { createPrivateKey, X509Certificate } from "node:crypto";
import { LanspreadError } from "../../../src/base/errors.ts";
import { loadIdentity } from "../../../src/peer/transport/identity.ts";
import { partySecrets } from "../../../src/peer/transport/party.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "../../support/assert.ts";
import { newPeerId } from "../../support/parties.ts";
import { TempDir } from "../../support/temp_dir.ts";

const peer_id = newPeerId();
const secrets = await partySecrets("");

Deno.test("an identity is minted once and kept, and its key fits its certificate", async () => {
  await using dir = await TempDir.make();
  const first = await loadIdentity(dir.path, peer_id, secrets);
  assertEquals(await loadIdentity(dir.path, peer_id, secrets), first);
  assert(new X509Certificate(first.cert).checkPrivateKey(createPrivateKey(first.key)));
  assert(new X509Certificate(first.cert).verify(new X509Certificate(first.ca_cert).publicKey));
});

Deno.test({
  name: "nobody else may read the key",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await loadIdentity(dir.path, peer_id, secrets);
    const mode = async (path: string) => ((await Deno.stat(dir.join(path))).mode ?? 0) & 0o777;
    assertEquals([await mode("tls"), await mode("tls/identity.json")], [0o700, 0o600]);
    await Deno.chmod(dir.join("tls/identity.json"), 0o644);
    await loadIdentity(dir.path, newPeerId(), secrets);
    assertEquals(await mode("tls/identity.json"), 0o600);
  },
});

Deno.test("another peer or another party gets a certificate of its own", async () => {
  await using dir = await TempDir.make();
  const first = await loadIdentity(dir.path, peer_id, secrets);
  const other_peer = await loadIdentity(dir.path, newPeerId(), secrets);
  assertEquals(other_peer.ca_cert, first.ca_cert);
  assertNotEquals(other_peer.cert, first.cert);
  const other_party = await loadIdentity(dir.path, peer_id, await partySecrets("theirs"));
  assertNotEquals(other_party.ca_cert, first.ca_cert);
  assertEquals(await loadIdentity(dir.path, peer_id, await partySecrets("theirs")), other_party);
});

Deno.test("a damaged identity is minted anew", async () => {
  await using dir = await TempDir.make();
  const path = dir.join("tls/identity.json");
  const whole = JSON.stringify(await loadIdentity(dir.path, peer_id, secrets));
  for (const text of ["", whole.slice(0, 500), "null", '{"peer_id":"me"}', whole.replace('"key"', '"kex"')]) {
    await Deno.writeTextFile(path, text);
    const minted = await loadIdentity(dir.path, peer_id, secrets);
    assertEquals(JSON.parse(await Deno.readTextFile(path)), minted);
    assert(new X509Certificate(minted.cert).checkPrivateKey(createPrivateKey(minted.key)));
  }
});

Deno.test("a state directory that can't be written is one clear error", async () => {
  await using dir = await TempDir.make();
  const file = await dir.write("tls", "a file");
  const error = await assertRejects(() => loadIdentity(dir.path, peer_id, secrets), LanspreadError);
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, file);
});
