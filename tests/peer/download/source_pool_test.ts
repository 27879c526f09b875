import { LanspreadError } from "../../../src/base/errors.ts";
import { SourcePool } from "../../../src/peer/download/source_pool.ts";
import type { PeerId } from "../../../src/proto/ids.ts";
import type { GameDetails } from "../../../src/proto/message.ts";
import type { Manifest } from "../../../src/proto/manifest.ts";
import { assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { manifestOf } from "../../support/fake_swarm.ts";
import { newPeerId } from "../../support/parties.ts";

const [alice, bob] = [newPeerId(), newPeerId()];
const WANTED = manifestOf({ "version.ini": new Uint8Array(3), "a.pak": new Uint8Array(10) });
const OTHER = manifestOf({ "version.ini": new Uint8Array(3), "a.pak": new Uint8Array(11) });

function details({ game_id, version, manifest_hash, files }: Manifest): GameDetails {
  return { type: "game_details", game_id, version, manifest_hash, files: [...files] };
}

/** A pool whose peers answer as they are told, and what it found. */
class Pool implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly answers = new Map<PeerId, Manifest | undefined>();
  readonly asked: { peer_id: PeerId; at_ms: number }[] = [];
  readonly found: PeerId[] = [];
  readonly used = new Set<PeerId>();
  readonly #stop = new AbortController();
  readonly pool = new SourcePool(
    WANTED,
    {
      clock: this.clock,
      sourcesOf: () => [...this.answers.keys()],
      askDetails: (peer_id) => {
        this.asked.push({ peer_id, at_ms: this.clock.now() });
        const manifest = this.answers.get(peer_id);
        if (manifest) return Promise.resolve(details(manifest));
        return Promise.reject(new LanspreadError("not_transferable", "busy: install"));
      },
    },
  );
  readonly #watching = this.pool.watch({
    isUsed: (peer_id) => this.used.has(peer_id),
    onFound: (peer_id) => void this.found.push(peer_id),
  }, this.#stop.signal).catch(() => {});

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }
}

Deno.test("a peer that turns up with the same files is a source, one with other files is not", async () => {
  await using pool = new Pool();
  await pool.clock.advance(5_000);
  pool.answers.set(alice, WANTED);
  pool.answers.set(bob, OTHER);
  await pool.clock.advance(1_000);
  assertEquals(pool.found, [alice]);
  assertEquals(pool.asked.map(({ peer_id }) => peer_id), [alice, bob]);
});

Deno.test("a source that is used is not asked", async () => {
  await using pool = new Pool();
  pool.used.add(alice);
  pool.answers.set(alice, WANTED);
  await pool.clock.advance(5_000);
  assertEquals(pool.asked, []);
});

Deno.test("a source that was dropped is asked again, ever more seldom, and a liar never", async () => {
  await using pool = new Pool();
  pool.answers.set(alice, undefined);
  pool.answers.set(bob, WANTED);
  pool.pool.dropped(alice, false);
  pool.pool.dropped(bob, true);
  await pool.clock.advance(29_000);
  assertEquals(pool.asked.map(({ peer_id }) => peer_id), [alice, alice, alice]);
  const [first = 0, second = 0, third = 0] = pool.asked.map(({ at_ms }) => at_ms);
  assertEquals([first, second - first > first, third - second > second - first], [2_000, true, true]);
  pool.answers.set(alice, WANTED);
  await pool.clock.advance(60_000);
  assertEquals(pool.found[0], alice);
});
