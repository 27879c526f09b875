/**
 * One deliberate defect: which text of which source file becomes which other text, and which tests have to notice.
 *
 * @module
 */

/** Tests that are run together. */
export interface Catcher {
  /** A test file, relative to the repository, with `/`. */
  readonly file: string;
  /** Part of the names of the tests to run, as it stands in the file; all of the file's tests without it. */
  readonly filter?: string;
}

/** A defect that is never in the shipped code. */
export interface Mutant {
  /** Lower case with dashes. */
  readonly name: string;
  /** What is broken, as a sentence without a full stop. */
  readonly defect: string;
  /** The source file, relative to the repository, with `/`. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly caught_by: Catcher;
}

/** What came of one mutant. */
export interface MutantResult {
  readonly mutant: Mutant;
  readonly is_caught: boolean;
  /** The test that noticed, or why none did. */
  readonly what: string;
  /** How long the tests took with the defect. */
  readonly seconds: number;
}

/** The file's text with the defect in it. Throws where the text to be replaced does not stand there exactly once. */
export function mutate(text: string, { name, file, find, replace }: Mutant): string {
  const [before = "", after, ...more] = text.split(find);
  if (after === undefined || more.length > 0) {
    const count = after === undefined ? "no more" : `${more.length + 1} times`;
    throw new Error(`${name}: its text stands ${count} in ${file}, not exactly once; adapt the mutant`);
  }
  return before + replace + after;
}

/** The tests as a person reads them, and as `deno test` takes them. */
export function catcherName({ file, filter }: Catcher): string {
  return filter === undefined ? file : `${file}: ${filter}`;
}
