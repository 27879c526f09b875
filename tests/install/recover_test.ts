import {
  type Action,
  BACKUP_RULES,
  matches,
  recoveryOf,
  ROOT_RULES,
  STAGING_RULES,
  VERSION_RULES,
} from "../../src/install/recover.ts";
import {
  INSTALL_PASSAGES,
  type InstallState,
  type Intent,
  type Origin,
  type Presence,
  REMOVE_PASSAGES,
  type Scratch,
  type StepName,
  STREAM_PASSAGES,
  UNINSTALL_ALL_PASSAGES,
  UNINSTALL_PASSAGES,
  UPDATE_PASSAGES,
} from "../../src/install/state.ts";
import { assert, assertEquals } from "../support/assert.ts";

const INTENTS: Intent[] = ["none", "installing", "updating", "uninstalling", "removing"];
const PRESENCES: Presence[] = ["absent", "present"];
const ORIGINS: Origin[] = ["found", "made"];
const SCRATCHES: Scratch[] = ["absent", "marked", "unmarked"];

const STATES: InstallState[] = INTENTS.flatMap((intent) =>
  PRESENCES.flatMap((sentinel) =>
    PRESENCES.flatMap((local) =>
      SCRATCHES.flatMap((installing) =>
        SCRATCHES.flatMap((backup) =>
          ORIGINS.map((root) => ({ intent, local, installing, backup, sentinel, root }))
        )
      )
    )
  )
);

const actionsOf = (state: InstallState): Action[] => recoveryOf(state).map(({ action }) => action);

/** Every row by hand: local, installing, backup (a: absent, p: present, m: marked, u: unmarked) and the actions. */
const ROWS: Record<string, string> = {
  none: `
    a a a:                  | a a m: rmB              | a a u: keepB
    a m a: rmI              | a m m: rmI rmB          | a m u: rmI keepB
    a u a: keepI            | a u m: rmB keepI        | a u u: keepI keepB
    p a a:                  | p a m: rmB              | p a u: keepB
    p m a: rmI              | p m m: rmI rmB          | p m u: rmI keepB
    p u a: keepI            | p u m: rmB keepI        | p u u: keepI keepB`,
  "installing, root found": `
    a a a: end              | a a m: rmB end          | a a u: keepB end
    a m a: rmI end          | a m m: rmI rmB end      | a m u: rmI keepB end
    a u a: rmI end          | a u m: rmI rmB end      | a u u: rmI keepB end
    p a a: note end         | p a m: note rmB end     | p a u: note keepB end
    p m a: rmI end          | p m m: rmI rmB end      | p m u: rmI keepB end
    p u a: keepI end        | p u m: rmB keepI end    | p u u: keepI keepB end`,
  "installing, root made": `
    a a a: rmEmpty end      | a a m: rmB rmEmpty end     | a a u: rmEmpty keepB end
    a m a: rmI rmEmpty end  | a m m: rmI rmB rmEmpty end | a m u: rmI rmEmpty keepB end
    a u a: rmI rmEmpty end  | a u m: rmI rmB rmEmpty end | a u u: rmI rmEmpty keepB end
    p a a: note end         | p a m: note rmB end     | p a u: note keepB end
    p m a: rmI end          | p m m: rmI rmB end      | p m u: rmI keepB end
    p u a: keepI end        | p u m: rmB keepI end    | p u u: keepI keepB end`,
  updating: `
    a a a: end              | a a m: rmB end          | a a u: back end
    a m a: rmI end          | a m m: rmI rmB end      | a m u: back rmI end
    a u a: rmI end          | a u m: rmI rmB end      | a u u: back rmI end
    p a a: end              | p a m: note rmB end     | p a u: note rmB end
    p m a: rmI end          | p m m: rmI rmB end      | p m u: end rmI keepB
    p u a: rmI end          | p u m: end rmB keepI    | p u u: end keepI keepB`,
  "uninstalling, sentinel present": `
    a a a: forget end       | a a m: forget rmB end       | a a u: forget rmB end
    a m a: forget rmI end   | a m m: forget rmI rmB end   | a m u: forget rmI rmB end
    a u a: forget keepI end | a u m: forget rmB keepI end | a u u: forget rmB keepI end
    p a a: end              | p a m: rmB end          | p a u: keepB end
    p m a: rmI end          | p m m: rmI rmB end      | p m u: rmI keepB end
    p u a: keepI end        | p u m: rmB keepI end    | p u u: keepI keepB end`,
  "uninstalling, sentinel absent": `
    a a a: forget rmEmpty end       | a a m: forget rmB rmEmpty end       | a a u: forget rmB rmEmpty end
    a m a: forget rmI rmEmpty end   | a m m: forget rmI rmB rmEmpty end   | a m u: forget rmI rmB rmEmpty end
    a u a: forget rmEmpty keepI end | a u m: forget rmB rmEmpty keepI end | a u u: forget rmB rmEmpty keepI end
    p a a: end              | p a m: rmB end          | p a u: keepB end
    p m a: rmI end          | p m m: rmI rmB end      | p m u: rmI keepB end
    p u a: keepI end        | p u m: rmB keepI end    | p u u: keepI keepB end`,
  "removing, sentinel present": `
    a a a: end              | a a m: rmB end          | a a u: keepB end
    a m a: rmI end          | a m m: rmI rmB end      | a m u: rmI keepB end
    a u a: keepI end        | a u m: rmB keepI end    | a u u: keepI keepB end
    p a a: end              | p a m: rmB end          | p a u: keepB end
    p m a: rmI end          | p m m: rmI rmB end      | p m u: rmI keepB end
    p u a: keepI end        | p u m: rmB keepI end    | p u u: keepI keepB end`,
  "removing, sentinel absent": `
    a a a: rmRoot end       | a a m: rmB rmRoot end       | a a u: keepB keepRoot end
    a m a: rmI rmRoot end   | a m m: rmI rmB rmRoot end   | a m u: rmI keepB keepRoot end
    a u a: keepI keepRoot end | a u m: rmB keepI keepRoot end | a u u: keepI keepB keepRoot end
    p a a: keepRoot end     | p a m: rmB keepRoot end     | p a u: keepB keepRoot end
    p m a: rmI keepRoot end | p m m: rmI rmB keepRoot end | p m u: rmI keepB keepRoot end
    p u a: keepI keepRoot end | p u m: rmB keepI keepRoot end | p u u: keepI keepB keepRoot end`,
};

const SHORT: Record<Action, string> = {
  "restore-backup": "back",
  "remove-installing": "rmI",
  "remove-backup": "rmB",
  "remove-root": "rmRoot",
  "remove-empty-root": "rmEmpty",
  "note-version": "note",
  "forget-version": "forget",
  "leave-installing": "keepI",
  "leave-backup": "keepB",
  "keep-root": "keepRoot",
  "settle": "end",
};

for (const [title, text] of Object.entries(ROWS)) {
  Deno.test(`recoveryOf() answers every row of intent ${title} as the table by hand does`, () => {
    const rows = text.trim().split(/[|\n]/).map((row) => row.trim());
    assertEquals(rows.length, 18);
    const spokenOf = (cell: "sentinel" | "root", value: string) =>
      !title.includes(cell) || title.endsWith(`${cell} ${value}`);
    const states = STATES.filter(({ intent, sentinel, root }) =>
      title.split(",")[0] === intent && spokenOf("sentinel", sentinel) && spokenOf("root", root)
    );
    const found = states.map((state) => {
      const cells = [state.local, state.installing, state.backup].map((cell) => cell[0]).join(" ");
      return `${cells}: ${actionsOf(state).map((action) => SHORT[action]).join(" ")}`.trim();
    });
    // What the title does not name says nothing: all its values give the same rows.
    assertEquals([...new Set(found)].sort(), rows.sort());
  });
}

Deno.test("exactly one rule of each question speaks of every state, and every rule of some", () => {
  for (const rules of [STAGING_RULES, BACKUP_RULES, ROOT_RULES, VERSION_RULES]) {
    for (const state of STATES) {
      const speaking = rules.filter((rule) => matches(rule, state));
      assertEquals(speaking.length, 1, `${JSON.stringify(state)}: ${JSON.stringify(speaking)}`);
    }
    for (const rule of rules) assert(STATES.some((state) => matches(rule, state)), rule.why);
  }
});

Deno.test("every action says why", () => {
  for (const { action, why } of STATES.flatMap(recoveryOf)) assert(why.length > 10, action);
});

/** What an action makes of a state. */
function after(state: InstallState, action: Action): InstallState {
  switch (action) {
    case "restore-backup":
      assertEquals([state.local, state.backup], ["absent", "unmarked"], "nothing is overwritten");
      return { ...state, local: "present", backup: "absent" };
    case "remove-installing":
      return { ...state, installing: "absent" };
    case "remove-backup":
      return { ...state, backup: "absent" };
    case "remove-root":
      assertEquals([state.local, state.installing, state.backup], ["absent", "absent", "absent"]);
      return { ...state, sentinel: "absent" };
    case "settle":
      return { ...state, intent: "none", root: "found" };
    case "remove-empty-root":
      assertEquals(state.local, "absent");
      return state;
    case "note-version":
      assertEquals([state.local, state.installing], ["present", "absent"]);
      return state;
    case "forget-version":
      assertEquals(state.local, "absent");
      return state;
    case "leave-installing":
    case "leave-backup":
    case "keep-root":
      return state;
  }
}

const ALL_PASSAGES = [
  ...[INSTALL_PASSAGES, STREAM_PASSAGES, UPDATE_PASSAGES],
  ...[UNINSTALL_PASSAGES, UNINSTALL_ALL_PASSAGES, REMOVE_PASSAGES],
];

const recovered = (state: InstallState): InstallState => actionsOf(state).reduce(after, state);

Deno.test("a recovery that stops after any action is finished by the next, with the same end", () => {
  for (const state of STATES) {
    const end = recovered(state);
    assertEquals(recovered(end), end, "a second recovery changes nothing");
    let now = state;
    for (const action of actionsOf(state)) {
      now = after(now, action);
      assertEquals(recovered(now), end, `${JSON.stringify(state)} stopped after ${action}`);
    }
  }
});

Deno.test("what stops while it deletes a directory goes on deleting it, marked or not any more", () => {
  for (const state of STATES.filter(({ intent }) => intent !== "none")) {
    for (
      const [scratch, action] of [["installing", "remove-installing"], ["backup", "remove-backup"]] as const
    ) {
      if (!actionsOf(state).includes(action) || state[scratch] !== "unmarked") continue;
      assert(actionsOf({ ...state, [scratch]: "marked" }).includes(action), JSON.stringify(state));
    }
  }
});

Deno.test("every state that an operation passes through is recovered to its begin or its end, nothing else left", () => {
  for (const passages of ALL_PASSAGES) {
    const begin = passages[0]?.[1];
    const end = passages.at(-1)?.[1];
    assert(begin && end);
    for (const [step, state] of passages) {
      const result = recovered(state);
      assert([JSON.stringify(begin), JSON.stringify(end)].includes(JSON.stringify(result)), step);
    }
  }
});

Deno.test("wherever an operation stops, what is remembered afterwards is the install that stands", () => {
  for (const passages of ALL_PASSAGES) {
    const at = (name: StepName) => passages.findIndex(([step]) => step === name);
    const [decided, noted] = [Math.max(at("promoted"), at("set-aside")), at("noted")];
    if (noted < 0) continue;
    const is_uninstall = at("promoted") < 0;
    for (const [i, [step, state]] of passages.entries()) {
      const actions = actionsOf(state);
      const expected = is_uninstall ? "forget-version" : "note-version";
      const other = is_uninstall ? "note-version" : "forget-version";
      assert(!actions.includes(other), step);
      assert(!actions.includes(expected) || i >= decided, `${step}: too early`);
      assert(actions.includes(expected) || i < decided || i >= noted, `${step}: it would never be noted`);
    }
  }
});

Deno.test("with intent none nothing unmarked is ever touched", () => {
  for (const state of STATES.filter(({ intent }) => intent === "none")) {
    const actions = actionsOf(state);
    if (state.installing === "unmarked") assert(!actions.includes("remove-installing"));
    if (state.backup === "unmarked") {
      assert(!actions.some((a) => a === "remove-backup" || a === "restore-backup"));
    }
    assert(!actions.includes("remove-root") && !actions.includes("remove-empty-root"));
  }
});
