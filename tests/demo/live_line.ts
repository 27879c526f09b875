/**
 * A line that changes: on a terminal redrawn in place, elsewhere written again, at most once a second.
 *
 * @module
 */

const PLAIN_INTERVAL_MS = 1_000;
const TO_LINE_START = "\r";
const CLEAR_TO_END = "\x1b[K";

/** Where and when it is written. */
export interface LiveLineOptions {
  is_terminal: boolean;
  write(text: string): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** One line on its way to its last state. */
export class LiveLine {
  readonly #options: LiveLineOptions;
  #last_ms: number;
  #last_line: string | undefined;

  constructor(options: LiveLineOptions) {
    this.#options = options;
    this.#last_ms = options.is_terminal ? -Infinity : options.now();
  }

  /** Shows `line` now, or never where the last second had its line already and can't take it back. */
  show(line: string): void {
    const { is_terminal, write, now } = this.#options;
    if (line === this.#last_line) return;
    if (!is_terminal && now() - this.#last_ms < PLAIN_INTERVAL_MS) return;
    this.#last_ms = now();
    this.#last_line = line;
    write(is_terminal ? `${TO_LINE_START}${line}${CLEAR_TO_END}` : `${line}\n`);
  }

  /** Shows the last state, whenever that is, and ends the line. */
  end(line: string): void {
    const { is_terminal, write } = this.#options;
    if (is_terminal) return write(`${TO_LINE_START}${line}${CLEAR_TO_END}\n`);
    if (line !== this.#last_line) write(`${line}\n`);
  }
}
