/**
 * What to do with a game root that an operation left in the middle, as a table. Pure.
 *
 * Four questions, each answered by exactly one rule: what becomes of the staging, of the backup, of the whole root, and
 * of what is remembered of the installed version.
 *
 * A directory is deleted only on proof. The marker proves: it is written when a directory is lanspread's to delete, and
 * into the backup only once it is decided that the backup goes, so that a backup that is put back never holds one. The
 * intent proves what its own steps can have left (`state.ts`): before the intent was written no such directory stood
 * there. What neither proves is a person's; it stays and is told.
 *
 * @module
 */

import type { InstallState, Intent, Origin, Presence, Scratch } from "./state.ts";

/** One thing to do. `leave-…` and `keep-root` change nothing and are told. */
export type Action =
  | "restore-backup"
  | "remove-installing"
  | "remove-backup"
  | "remove-root"
  | "remove-empty-root"
  | "note-version"
  | "forget-version"
  | "leave-installing"
  | "leave-backup"
  | "keep-root"
  | "settle";

/** An action and its reason, for whoever reads the log. */
export interface Verdict {
  action: Action;
  why: string;
}

/** A cell of the table: one value, several, or any. */
type Cell<T extends string> = T | readonly T[] | "any";

interface Rule {
  intent: Cell<Intent>;
  local: Cell<Presence>;
  installing: Cell<Scratch>;
  backup: Cell<Scratch>;
  sentinel: Cell<Presence>;
  root: Cell<Origin>;
  /** `null`: nothing. */
  action: Action | null;
  why: string;
}

type Match = Omit<Rule, "action" | "why">;
const ANY: Match = {
  intent: "any",
  local: "any",
  installing: "any",
  backup: "any",
  sentinel: "any",
  root: "any",
};

/** What becomes of `.local.installing/`. */
export const STAGING_RULES: readonly Rule[] = [
  rule({ installing: "absent" }, null, "there is no staging"),
  rule({ installing: "marked" }, "remove-installing", "the marker says that it is lanspread's"),
  rule(
    { intent: ["none", "uninstalling", "removing"], installing: "unmarked" },
    "leave-installing",
    "nothing proves that lanspread made it: no install or update was running",
  ),
  rule(
    { intent: "installing", local: "absent", installing: "unmarked" },
    "remove-installing",
    "the install made it and ended before its marker stood, or between the marker's end and the rename",
  ),
  rule(
    { intent: "installing", local: "present", installing: "unmarked" },
    "leave-installing",
    "the install's own staging became local/ already, or somebody made local/ meanwhile",
  ),
  rule(
    { intent: "updating", local: "absent", installing: "unmarked" },
    "remove-installing",
    "the update ended between its renames; the old install comes back",
  ),
  rule(
    { intent: "updating", local: "present", installing: "unmarked", backup: "absent" },
    "remove-installing",
    "the update made it, and ended before the old install was touched",
  ),
  rule(
    { intent: "updating", local: "present", installing: "unmarked", backup: ["marked", "unmarked"] },
    "leave-installing",
    "an update has no staging any more when local/ stands beside the backup",
  ),
];

/** What becomes of `.local.backup/`. */
export const BACKUP_RULES: readonly Rule[] = [
  rule({ backup: "absent" }, null, "there is no backup"),
  rule({ backup: "marked" }, "remove-backup", "the marker says that its deletion was decided"),
  rule(
    { intent: ["none", "installing", "removing"], backup: "unmarked" },
    "leave-backup",
    "nothing proves that lanspread made it: no update or uninstall was running",
  ),
  rule(
    { intent: "updating", local: "absent", backup: "unmarked" },
    "restore-backup",
    "the update ended before the new install stood; this is the old one",
  ),
  rule(
    { intent: "updating", local: "present", installing: "absent", backup: "unmarked" },
    "remove-backup",
    "the new install stands; this is the old one",
  ),
  rule(
    { intent: "updating", local: "present", installing: ["marked", "unmarked"], backup: "unmarked" },
    "leave-backup",
    "local/ is not the new install, which still lies in the staging; somebody made it, and this is the only old install",
  ),
  rule(
    { intent: "uninstalling", local: "absent", backup: "unmarked" },
    "remove-backup",
    "the game was uninstalled when its install went aside",
  ),
  rule(
    { intent: "uninstalling", local: "present", backup: "unmarked" },
    "leave-backup",
    "somebody made a new local/ after the uninstall began",
  ),
];

/** What becomes of the whole game root. */
export const ROOT_RULES: readonly Rule[] = [
  rule({ intent: ["none", "updating"] }, null, "nothing was running that makes or removes it"),
  rule({ intent: "installing", root: "found" }, null, "it stood before the install"),
  rule({ intent: "installing", root: "made", local: "present" }, null, "it holds an install"),
  rule(
    { intent: "installing", root: "made", local: "absent" },
    "remove-empty-root",
    "the install made it, and nothing else is in it",
  ),
  rule({ intent: "uninstalling", sentinel: "present" }, null, "it holds the download"),
  rule({ intent: "uninstalling", sentinel: "absent", local: "present" }, null, "it holds an install"),
  rule(
    { intent: "uninstalling", sentinel: "absent", local: "absent" },
    "remove-empty-root",
    "the game was installed and not downloaded, and nothing else is in it",
  ),
  rule({ intent: "removing", sentinel: "present" }, null, "the removal had not begun: its sentinel stands"),
  rule(
    {
      intent: "removing",
      sentinel: "absent",
      local: "absent",
      installing: ["absent", "marked"],
      backup: ["absent", "marked"],
    },
    "remove-root",
    "the sentinel went first; the rest follows",
  ),
  rule(
    { intent: "removing", sentinel: "absent", local: "present" },
    "keep-root",
    "somebody made local/ after the removal began",
  ),
  rule(
    { intent: "removing", sentinel: "absent", local: "absent", installing: "unmarked" },
    "keep-root",
    "it holds a staging that nothing proves to be lanspread's",
  ),
  rule(
    {
      intent: "removing",
      sentinel: "absent",
      local: "absent",
      installing: ["absent", "marked"],
      backup: "unmarked",
    },
    "keep-root",
    "it holds a backup that nothing proves to be lanspread's",
  ),
];

/** What becomes of the version that `local/` is remembered to be. */
export const VERSION_RULES: readonly Rule[] = [
  rule({ intent: ["none", "removing"] }, null, "no install was changed"),
  rule({ intent: ["installing", "updating"], local: "absent" }, null, "the new install does not stand"),
  rule(
    { intent: ["installing", "updating"], local: "present", installing: ["marked", "unmarked"] },
    null,
    "local/ is not the new install, which still lies in the staging",
  ),
  rule(
    { intent: "installing", local: "present", installing: "absent" },
    "note-version",
    "the new install stands",
  ),
  rule(
    { intent: "updating", local: "present", installing: "absent", backup: "absent" },
    null,
    "the update ended before the new install stood, or when its version had been noted",
  ),
  rule(
    { intent: "updating", local: "present", installing: "absent", backup: ["marked", "unmarked"] },
    "note-version",
    "the new install stands",
  ),
  rule({ intent: "uninstalling", local: "present" }, null, "local/ stands"),
  rule({ intent: "uninstalling", local: "absent" }, "forget-version", "the game is not installed any more"),
];

// What brings the user's install back goes first, and the version is noted while the backup still says which install
// stands; the intent is taken back when all is done.
const ORDER: readonly Action[] = [
  "restore-backup",
  "note-version",
  "forget-version",
  "remove-installing",
  "remove-backup",
  "remove-root",
  "remove-empty-root",
  "leave-installing",
  "leave-backup",
  "keep-root",
];

/**
 * What to do in this state, in this order. After each action a crash leaves a state whose own verdict goes on to the
 * same end; a settled state needs nothing.
 */
export function recoveryOf(state: InstallState): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const rules of [STAGING_RULES, BACKUP_RULES, ROOT_RULES, VERSION_RULES]) {
    for (const { action, why } of rules.filter((rule) => matches(rule, state))) {
      if (action) verdicts.push({ action, why });
    }
  }
  verdicts.sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
  if (state.intent === "none") return verdicts;
  const settle: Verdict = { action: "settle", why: `${state.intent} is over` };
  // What an update must not delete is only safe when the update is forgotten: with one of the two directories gone,
  // the other would look like its own.
  const is_risky = state.intent === "updating" && verdicts.some(({ action }) => action.startsWith("leave-"));
  return is_risky ? [settle, ...verdicts] : [...verdicts, settle];
}

/** Whether the rule speaks of this state. */
export function matches(rule: Match, state: InstallState): boolean {
  return fits(rule.intent, state.intent) && fits(rule.local, state.local) &&
    fits(rule.installing, state.installing) && fits(rule.backup, state.backup) &&
    fits(rule.sentinel, state.sentinel) && fits(rule.root, state.root);
}

function fits<T extends string>(cell: Cell<T>, value: T): boolean {
  return cell === "any" || cell === value || Array.isArray(cell) && cell.includes(value);
}

function rule(match: Partial<Match>, action: Action | null, why: string): Rule {
  return { ...ANY, ...match, action, why };
}
