import { planDownload } from "../../../src/peer/download/plan.ts";
import { GameId, GameVersion, PeerId, Sha256 } from "../../../src/proto/ids.ts";
import { makeManifest, type ManifestFile, SENTINEL } from "../../../src/proto/manifest.ts";
import { ManifestPath } from "../../../src/proto/paths.ts";
import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";

const game_id = GameId.parse("game");
const [v1, v2] = [GameVersion.parse("1.0"), GameVersion.parse("2.0")];

function peer(n: number): PeerId {
  return PeerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
}

function files(size: number): ManifestFile[] {
  return [{ path: SENTINEL, size: 3 }, { path: ManifestPath.parse("game.eti"), size }];
}

function offer(n: number, size: number, version = v1) {
  const { manifest_hash, files: sorted } = makeManifest(game_id, version, files(size));
  const details = { type: "game_details" as const, game_id, version, manifest_hash, files: [...sorted] };
  return { peer_id: peer(n), details };
}

Deno.test("planDownload() takes the file list that most peers have, and says why the others are not used", () => {
  const plan = planDownload([offer(1, 10), offer(2, 20), offer(3, 20)], v1);
  assert(plan);
  assertEquals(plan.sources, [peer(2), peer(3)]);
  assertEquals(plan.manifest.manifest_hash, makeManifest(game_id, v1, files(20)).manifest_hash);
  assertEquals(plan.rejected.map(({ peer_id }) => peer_id), [peer(1)]);
  assertStringIncludes(plan.rejected[0]?.reason ?? "", "differ");
});

Deno.test("planDownload() refuses a list that borrows the hash of another one's", () => {
  const [good, false_one] = [offer(1, 10), offer(2, 20)];
  false_one.details.manifest_hash = good.details.manifest_hash;
  for (const offers of [[good, false_one], [false_one, good]]) {
    const plan = planDownload(offers, v1);
    assertEquals(plan?.sources, [peer(1)]);
    assertEquals(plan?.rejected, [{ peer_id: peer(2), reason: "its file list does not match its hash" }]);
  }
});

Deno.test("planDownload() hashes a list that several have once", () => {
  const offers = [1, 2, 3, 4].map((n) => offer(n, 10));
  let written = 0;
  const { stringify } = JSON;
  JSON.stringify = (value: unknown) => {
    written++;
    return stringify(value);
  };
  try {
    assertEquals(planDownload(offers, v1)?.sources.length, 4);
  } finally {
    JSON.stringify = stringify;
  }
  assertEquals(written, 1);
});

Deno.test("planDownload() breaks a tie for the group with the smallest peer_id, in whatever order they answer", () => {
  const offers = [offer(4, 20), offer(3, 10), offer(2, 20), offer(1, 10)];
  for (const order of [offers, offers.toReversed(), [1, 3, 0, 2].flatMap((i) => offers[i] ?? [])]) {
    assertEquals(planDownload(order, v1)?.sources, [peer(1), peer(3)]);
  }
});

Deno.test("planDownload() counts only the wanted version, however many hold another one", () => {
  const plan = planDownload([offer(1, 10), offer(2, 10), offer(3, 30, v2)], v2);
  assertEquals(plan?.sources, [peer(3)]);
  assertEquals(plan?.rejected.map(({ peer_id }) => peer_id), [peer(1), peer(2)]);
  assertStringIncludes(plan?.rejected[0]?.reason ?? "", "1.0");
});

Deno.test("planDownload() refuses a file list that does not match its hash", () => {
  const liar = offer(1, 10);
  liar.details.manifest_hash = Sha256.parse("0".repeat(64));
  const plan = planDownload([liar, offer(2, 20)], v1);
  assertEquals(plan?.sources, [peer(2)]);
  assertStringIncludes(plan?.rejected[0]?.reason ?? "", "hash");
});

Deno.test("planDownload() groups by the files themselves: a borrowed hash joins no majority", () => {
  const borrowed = offer(1, 10);
  borrowed.details.manifest_hash = offer(2, 20).details.manifest_hash;
  const plan = planDownload([borrowed, offer(2, 20), offer(3, 20)], v1);
  assertEquals(plan?.sources, [peer(2), peer(3)]);
  assertEquals(plan?.manifest.files.find(({ path }) => path !== SENTINEL)?.size, 20);
});

Deno.test("planDownload() takes the same files in another order as the same", () => {
  const shuffled = offer(2, 10);
  shuffled.details.files.reverse();
  assertEquals(planDownload([offer(1, 10), shuffled], v1)?.sources, [peer(1), peer(2)]);
});

Deno.test("planDownload() has no plan without a usable offer", () => {
  assertEquals(planDownload([], v1), undefined);
  assertEquals(planDownload([offer(1, 10)], v2), undefined);
});
