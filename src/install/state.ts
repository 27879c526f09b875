/**
 * What can stand below a game root while it is installed, updated, uninstalled or removed: names, states, and the
 * states that each operation passes through, as data.
 *
 * Goals: one place that says what a kill at any step leaves; `recover.ts` has an answer for every one of these states
 * and for those that only a person can make. Non-goals: touching a disk.
 *
 * @module
 */

/** The install, below a game root. */
export const INSTALL_NAME = "local";
/** Where an install is unpacked to, below a game root. */
export const STAGING_NAME = ".local.installing";
/** The previous install, below a game root, while an update or an uninstall runs. */
export const BACKUP_NAME = ".local.backup";
/** Says that the directory that holds it is lanspread's to delete. */
export const MARKER_NAME = ".lanspread_owned";

/** What an operation has announced before it touched the game root. */
export type Intent = "none" | "installing" | "updating" | "uninstalling" | "removing";
/** Whether something is there. */
export type Presence = "absent" | "present";
/** A directory that lanspread may have made; marked, it surely did. */
export type Scratch = "absent" | "marked" | "unmarked";

/** Whose a game root is: one that was found, or one that the install with this intent made. */
export type Origin = "found" | "made";

/** What the disk and the intent log say of one game. */
export interface InstallState {
  intent: Intent;
  local: Presence;
  installing: Scratch;
  backup: Scratch;
  sentinel: Presence;
  root: Origin;
}

/** The moments between two changes to the disk; the process may end at each. */
export type StepName =
  | "checked"
  | "intended"
  | "root-made"
  | "staging-made"
  | "staged"
  | "unpacking"
  | "unpacked"
  | "synced"
  | "released"
  | "set-aside"
  | "promoted"
  | "noted"
  | "sentinel-gone"
  | "restored"
  | "condemned"
  | "emptying"
  | "emptied"
  | "deleted"
  | "root-removed"
  | "settled";

/** Hears of every step; for tests that end the process there. */
export type Steps = (step: StepName) => void;

/** Nobody listens. */
export const NO_STEPS: Steps = () => {};

/** A step, and the state in which it leaves a game. */
export type Passage = readonly [step: StepName, state: InstallState];

/** Install: `local/` appears in one rename, when the staging is complete. */
export const INSTALL_PASSAGES: readonly Passage[] = [
  passage("checked", "none", "absent", "absent", "absent"),
  passage("intended", "installing", "absent", "absent", "absent"),
  passage("staging-made", "installing", "absent", "unmarked", "absent"),
  passage("staged", "installing", "absent", "marked", "absent"),
  passage("unpacking", "installing", "absent", "marked", "absent"),
  passage("unpacked", "installing", "absent", "marked", "absent"),
  passage("synced", "installing", "absent", "marked", "absent"),
  passage("released", "installing", "absent", "unmarked", "absent"),
  passage("promoted", "installing", "present", "absent", "absent"),
  passage("noted", "installing", "present", "absent", "absent"),
  passage("settled", "none", "present", "absent", "absent"),
];

/** Streamed install of a game that is not here at all: the game root is made too. */
export const STREAM_PASSAGES: readonly Passage[] = [
  passage("checked", "none", "absent", "absent", "absent", "absent"),
  ...INSTALL_PASSAGES.slice(1, -1).flatMap(([step, state]): Passage[] => {
    const made: InstallState = { ...state, sentinel: "absent", root: "made" };
    return step === "intended" ? [[step, made], ["root-made", made]] : [[step, made]];
  }),
  passage("settled", "none", "present", "absent", "absent", "absent"),
];

/** Update: the old install goes aside for the moment between two renames, and is deleted after the second. */
export const UPDATE_PASSAGES: readonly Passage[] = [
  passage("checked", "none", "present", "absent", "absent"),
  passage("intended", "updating", "present", "absent", "absent"),
  passage("staging-made", "updating", "present", "unmarked", "absent"),
  passage("staged", "updating", "present", "marked", "absent"),
  passage("unpacking", "updating", "present", "marked", "absent"),
  passage("unpacked", "updating", "present", "marked", "absent"),
  passage("synced", "updating", "present", "marked", "absent"),
  passage("released", "updating", "present", "unmarked", "absent"),
  passage("set-aside", "updating", "absent", "unmarked", "unmarked"),
  passage("promoted", "updating", "present", "absent", "unmarked"),
  passage("noted", "updating", "present", "absent", "unmarked"),
  passage("condemned", "updating", "present", "absent", "marked"),
  passage("emptying", "updating", "present", "absent", "marked"),
  passage("emptied", "updating", "present", "absent", "marked"),
  passage("deleted", "updating", "present", "absent", "absent"),
  passage("settled", "none", "present", "absent", "absent"),
];

/** Uninstall: with the one rename the game is uninstalled; what follows only frees the disk. */
export const UNINSTALL_PASSAGES: readonly Passage[] = [
  passage("checked", "none", "present", "absent", "absent"),
  passage("intended", "uninstalling", "present", "absent", "absent"),
  passage("set-aside", "uninstalling", "absent", "absent", "unmarked"),
  passage("noted", "uninstalling", "absent", "absent", "unmarked"),
  passage("condemned", "uninstalling", "absent", "absent", "marked"),
  passage("emptying", "uninstalling", "absent", "absent", "marked"),
  passage("emptied", "uninstalling", "absent", "absent", "marked"),
  passage("deleted", "uninstalling", "absent", "absent", "absent"),
  passage("settled", "none", "absent", "absent", "absent"),
];

/** Uninstall of a game that is not downloaded: nothing is left of it. */
export const UNINSTALL_ALL_PASSAGES: readonly Passage[] = UNINSTALL_PASSAGES.flatMap(
  ([step, state]): Passage[] => {
    const bare: InstallState = { ...state, sentinel: "absent" };
    if (step !== "settled") return [[step, bare]];
    return [["root-removed", { ...bare, intent: "uninstalling" }], [step, bare]];
  },
);

/** Remove: without the sentinel the game is not downloaded any more; the rest follows. */
export const REMOVE_PASSAGES: readonly Passage[] = [
  passage("checked", "none", "absent", "absent", "absent"),
  passage("intended", "removing", "absent", "absent", "absent"),
  passage("sentinel-gone", "removing", "absent", "absent", "absent", "absent"),
  passage("emptying", "removing", "absent", "absent", "absent", "absent"),
  passage("emptied", "removing", "absent", "absent", "absent", "absent"),
  passage("deleted", "removing", "absent", "absent", "absent", "absent"),
  passage("settled", "none", "absent", "absent", "absent", "absent"),
];

function passage(
  step: StepName,
  intent: Intent,
  local: Presence,
  installing: Scratch,
  backup: Scratch,
  sentinel: Presence = "present",
): Passage {
  return [step, { intent, local, installing, backup, sentinel, root: "found" }];
}
