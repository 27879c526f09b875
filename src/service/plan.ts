/**
 * What is to be done to the system, as data: shown by `--dry-run`, compared in tests, carried out by `carry_out.ts`.
 *
 * @module
 */

import { shellWord } from "../base/shell_word.ts";

/** Who a file belongs to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One step. All of them may be done again without harm. */
export type Step =
  | {
    readonly kind: "run";
    readonly program: string;
    readonly args: readonly string[];
    readonly may_fail?: true;
    /** What it asks for may need another moment: it is tried so often, `RETRY_MS` apart. Once where it is left out. */
    readonly tries?: number;
  }
  | {
    readonly kind: "write";
    readonly path: string;
    readonly text: string;
    /** Permission bits; without meaning on Windows. */
    readonly mode: number;
    readonly owner?: Owner;
    /** Windows' own tools want UTF-16 with its mark. */
    readonly encoding?: "utf-16";
    /** Not to be shown: it holds the passphrase of a party. */
    readonly is_secret?: true;
  }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "make_folder"; readonly path: string; readonly mode: number; readonly owner?: Owner };

/** Steps in order, and what people should know afterwards. */
export interface Plan {
  /** Looks whether the platform's tool works, before anything is touched. */
  readonly probe: { readonly program: string; readonly args: readonly string[] };
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** The plan as people read it. */
export function renderPlan({ steps, notes }: Plan): string {
  return steps.map(renderStep).join("") + notes.map((note) => `${note}\n`).join("");
}

function renderStep(step: Step): string {
  switch (step.kind) {
    case "run":
      return `run    ${[step.program, ...step.args].map(shellWord).join(" ")}\n`;
    case "remove":
      return `remove ${step.path}\n`;
    case "make_folder":
      return `make   ${step.path}\n`;
    case "write": {
      const text = step.is_secret
        ? "(not shown: it may hold the passphrase of a party)"
        : step.text.trimEnd();
      return `write  ${step.path}\n${
        text.split("\n").map((line) => `       ${line}`.trimEnd()).join("\n")
      }\n`;
    }
  }
}
