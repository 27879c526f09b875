/**
 * What the demo writes on: a terminal with colour and redrawing, or a plain file or pipe.
 *
 * @module
 */

import { LiveLine } from "./live_line.ts";
import { coloured, type Paint, plain } from "./paint.ts";
import { type Cell, INDENT, tableLines, wrap } from "./table.ts";

const PLAIN_WIDTH = 80;
const MAX_WIDTH = 110;
const MAX_TEXT_WIDTH = 84;

/** Numbered steps, tables, notes and live lines. */
export class Screen {
  readonly paint: Paint;
  readonly #is_live: boolean;
  readonly #write: (text: string) => void;
  #steps = 0;
  /** The step that is being shown, for a message when it fails. */
  step_name = "step 0, Start";

  /** `is_live`: lines can be redrawn. */
  constructor(options: { is_live: boolean; has_colour: boolean; write: (text: string) => void }) {
    this.#is_live = options.is_live;
    this.paint = options.has_colour ? coloured : plain;
    this.#write = options.write;
  }

  /** Standard output. Honours NO_COLOR (https://no-color.org) and TERM=dumb. */
  static ofStdout(): Screen {
    const is_live = Deno.stdout.isTerminal() && Deno.env.get("TERM") !== "dumb";
    return new Screen({ is_live, has_colour: is_live && !Deno.noColor, write: writeStdout });
  }

  /** Columns that may be used. The last one stays free: some terminals break the line there. */
  get width(): number {
    const columns = this.#is_live ? Deno.consoleSize().columns : PLAIN_WIDTH;
    return Math.min(MAX_WIDTH, (columns > 0 ? columns : PLAIN_WIDTH) - 1);
  }

  /** Begins the next step. */
  step(title: string): void {
    this.step_name = `step ${++this.#steps}, ${title}`;
    this.title(`${this.#steps}. ${title}`);
  }

  /** A line that stands out, with room around it. */
  title(title: string): void {
    const lines = wrap(title, this.width).map((line) => this.paint("bold", line));
    this.#write(`\n${lines.join("\n")}\n\n`);
  }

  /** A paragraph. */
  say(text: string): void {
    for (const line of wrap(text, Math.min(this.width, MAX_TEXT_WIDTH))) this.#write(`${line}\n`);
  }

  /** A line below a step. */
  note(text: string): void {
    const lines = wrap(text, Math.min(this.width, MAX_TEXT_WIDTH) - INDENT.length);
    for (const line of lines) this.#write(`${INDENT}${line}\n`);
  }

  /** Something that is done. */
  tick(text: string): void {
    const lines = wrap(text, Math.min(this.width, MAX_TEXT_WIDTH) - INDENT.length - "✓ ".length);
    for (const [i, line] of lines.entries()) {
      this.#write(`${INDENT}${i === 0 ? this.paint("green", "✓") : " "} ${line}\n`);
    }
  }

  /** A line that was laid out already. */
  line(line: string): void {
    this.#write(`${line}\n`);
  }

  table(head: readonly string[], rows: readonly Cell[][], right: readonly number[] = []): void {
    for (const line of tableLines(head, rows, { width: this.width, paint: this.paint, right })) {
      this.line(line);
    }
  }

  /** A line that changes until it is ended. */
  live(): LiveLine {
    return new LiveLine({ is_terminal: this.#is_live, write: this.#write, now: () => performance.now() });
  }
}

/** Writes all of `text`; throws where nobody reads any more. */
function writeStdout(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
