/**
 * The 47 scenarios: what each shows, what would make it fail, and where it can't be shown, with the reason. Their
 * tests are found by name ("S14: …"); `docs/SCENARIOS.md` is made from both.
 *
 * @module
 */

/** A place to run scenarios in. */
export type LabName = "loopback" | "namespaces";

/** One scenario. */
export interface Scenario {
  readonly id: string;
  readonly shows: string;
  /** What a broken program would do that its tests notice. */
  readonly fails_when: string;
  /** Why a lab can't show it. */
  readonly not_in?: Partial<Record<LabName, string>>;
  /** It looks at times, memory or a full disk: nothing else runs beside it. */
  readonly alone?: true;
  /** Tests of parts that go further, below `tests/`. */
  readonly also?: readonly string[];
}

type Row = readonly [shows: string, fails_when: string, more?: Pick<Scenario, "not_in" | "alone" | "also">];

const ALONE = { alone: true } as const;
const NO_CABLE = { not_in: { loopback: "loopback has no cable that could be cut" } } as const;

const ROWS: readonly Row[] = [
  [
    "two peers discover each other by mDNS alone, in both directions, after one handshake",
    "a peer is not seen, is seen one way only, or says hello or asks for the library more than once",
  ],
  [
    "libraries converge in both directions (3 games here, 4 there)",
    "a game, its size or its version is missing on one side, or a side forgets its own",
  ],
  ["three peers: everyone sees everyone; counts are right", "a pair does not meet, or a count is off by one"],
  [
    "a game added on disk reaches the others as a delta, without polling",
    "it comes only after a question, as a whole library, or in more than one push",
  ],
  ["a game removed on disk disappears at the others", "it stays listed, or its folder's rest is announced"],
  [
    "single-source download: files identical, sentinel last",
    "a byte differs, a file is missing, or version.ini stands before the payload does",
  ],
  [
    "two-source download: committed once, every chunk from the validated pair, both served, none twice",
    "a chunk comes from a third peer or twice, one source idles, or two ends are told",
  ],
  [
    "download then automatic install; `local/` equals the archive's content",
    "no install follows, an entry is missing or differs, or staging is left behind",
  ],
  [
    "`install=false` leaves it downloaded, not installed",
    "`local/` appears, or what is not downloaded is installed",
  ],
  [
    "uninstall keeps the download; remove refuses while installed",
    "the payload goes with the install, or an installed game's payload is removed",
  ],
  [
    "a restarted peer keeps its identity, is not duplicated",
    "it comes back under another id, is listed twice, or at its old address",
  ],
  [
    "a game with an active operation is not served",
    "it is announced as ready or a chunk of it is answered while it is not whole",
  ],
  [
    "update: newer version elsewhere, old one replaced, old install gone only after success",
    "the old install is touched before the new one stands, or a failed update loses it",
  ],
  [
    "four equal chunks over two equal peers: two and two, sums to the size",
    "one source gets three or four, a chunk is missing or counted twice",
    ALONE,
  ],
  [
    "peers with different versions: raw versions shown, only the wanted one used",
    "an announced version is hidden, or a chunk comes from another version",
  ],
  [
    "a large archive fans out over the peers of the catalog version only",
    "a peer of the version sends nothing, or one of another version sends something",
    ALONE,
  ],
  ["a peer with a wrong file size is outvoted and not used", "its list wins, or it sends a chunk"],
  [
    "one of two sources is killed mid-download: every byte arrives, the survivor served part, no failure event",
    "a byte is missing or comes twice, the download fails, or nothing came of the survivor",
  ],
  [
    "the sole source is killed: failed or peers-gone, no sentinel",
    "the download hangs, ends twice, or commits",
  ],
  [
    "cancel mid-download: payload gone, `local/` kept",
    "payload or scratch stays, or the install is touched",
  ],
  [
    "a cancelled or failed download can be started again at once",
    "the second start is refused as busy, or does not complete",
  ],
  [
    "resume after SIGKILL of the downloader: finished chunks are not fetched again",
    "a chunk that was told as finished comes again, or one that changed on the disk is trusted",
    ALONE,
  ],
  [
    "streamed install: `local/` complete, no archive stored",
    "an archive or a sentinel is stored, an entry is missing, or a person's file is touched",
  ],
  [
    "streamed install with a source that dies: rolled back, next source used",
    "half an install is left, the two attempts are mixed, or the next source is not asked",
  ],
  ["low disk: refused before anything is touched", "a file is made or parked before the refusal", ALONE],
  [
    "a second operation on the same id is refused while the first runs",
    "both run, or the first is disturbed by the second",
  ],
  [
    "a peer told to connect to itself does not",
    "it lists itself, by address, by another address, or by its identity",
  ],
  [
    "events on disk during an operation do not disturb it; one rescan after",
    "the operation fails, half a game is announced, or what came meanwhile is not found",
  ],
  ["goodbye removes a peer at once", "it stays until a timeout, or is dialled again"],
  [
    "a peer that vanishes without goodbye is removed by liveness",
    "it stays listed with its games, or the others go with it",
  ],
  [
    "a peer with another protocol version is ignored and shown as incompatible",
    "it is dialled again and again, counted as a peer, or served",
  ],
  ["`local/` is never served, whatever is asked", "any spelling of a path, or a link, reaches a file in it"],
  [
    "traversal, absolute, reserved and oversized requests are refused; the peer lives on",
    "one is answered with data, the peer ends, or its memory follows a claimed length",
  ],
  [
    "twenty small files plus sentinel: 21 coherent chunks, 21 paths, none twice",
    "a path is missing or told twice, or lengths do not sum up",
  ],
  [
    "a game outside the catalog is advertised raw but filtered everywhere",
    "it shows in the list of games, is served, or can be downloaded",
  ],
  [
    "set-game-dir: refused while busy; accepted: library follows",
    "the folder changes under an operation, or the others keep the old games",
  ],
  [
    "throughput of one large download is reported with coherent figures",
    "progress goes back or beyond the size, or bytes, seconds and speed contradict each other",
    ALONE,
  ],
  [
    "a corrupt chunk from one source is detected, refetched elsewhere, nothing wrong committed",
    "wrong bytes are committed, a whole source is thrown away for one chunk, or nothing is told",
  ],
  ["a peer without the sentinel is not a source", "it is listed as ready or asked for a chunk"],
  [
    "damaged archive: install fails clearly, old install intact",
    "half an install is promoted, the old one is gone, or the failure names no reason",
  ],
  [
    "SIGKILL at each step of install, update, uninstall: start-up recovers every one",
    "after one of the kills neither the old nor the new state stands, or scratch is left",
    { also: ["install/kill_test.ts"] },
  ],
  [
    "same peer_id announced from two addresses: one peer, newest address",
    "it is listed twice, lost in between, or kept at the older address",
  ],
  [
    "network cut between two peers for 5 s: they find each other again; a running download goes on",
    "the download ends or begins again, bytes come twice, or one side stays blind",
    NO_CABLE,
  ],
  [
    "a downloader never writes outside its game root",
    "a hostile list, chunk or link puts a byte anywhere else",
  ],
  [
    "ten peers: libraries converge; one new game reaches all within a second",
    "a pair does not agree, or the game needs longer for one of them",
    ALONE,
  ],
  [
    "mixed engines: a `deno` peer and a `matrixai` peer do S1, S6, S7, S23 together",
    "one direction of one of them does not work",
  ],
  [
    "clean shutdown within 2 s with a download running; nothing left behind",
    "the process hangs, ends with an error, or leaves half a file, a lock or a control file",
    ALONE,
  ],
];

/** All scenarios, in order. */
export const SCENARIOS: readonly Scenario[] = ROWS.map(([shows, fails_when, more = {}], i) => ({
  id: `S${i + 1}`,
  shows,
  fails_when,
  ...more,
}));
