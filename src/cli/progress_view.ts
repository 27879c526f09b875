/**
 * Shows how an operation goes: a bar on a terminal, plain lines elsewhere, or the events themselves as JSON.
 *
 * @module
 */

import type { Told } from "../web/answer_schemas.ts";
import { formatBytes } from "./amounts.ts";
import { type Figures, percentOf, renderBar } from "./bar.ts";
import { columnsOf, print } from "./output.ts";

/** Where an operation is shown. Disposing it leaves whole lines behind. */
export interface ProgressView extends AsyncDisposable {
  /** An event came in, as it is. */
  told(event: Told): Promise<void>;
  figures(figures: Figures): Promise<void>;
  line(text: string): Promise<void>;
  /** Takes away what may be drawn over, up to the next figures: somebody else writes now. */
  pause(): Promise<void>;
}

/** The view for this process's stdout. */
export function openView(is_json: boolean): ProgressView {
  if (is_json) return new JsonView();
  const is_live = Deno.stdout.isTerminal() && Deno.env.get("TERM") !== "dumb";
  return is_live ? new LiveView() : new PlainView();
}

/** A bar that is drawn over itself. */
class LiveView implements ProgressView {
  #shown: Figures | undefined;
  /** What the bar that stands there takes. */
  #shown_columns = 0;
  readonly #is_coloured = !Deno.env.get("NO_COLOR");
  readonly #onResize = () => void this.#draw();

  constructor() {
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGWINCH", this.#onResize);
  }

  told(): Promise<void> {
    return Promise.resolve();
  }

  async figures(figures: Figures): Promise<void> {
    this.#shown = figures;
    await this.#draw();
  }

  async line(text: string): Promise<void> {
    const start = this.#takeAway();
    this.#shown = undefined;
    await print(`${start}${text}\n`);
  }

  async pause(): Promise<void> {
    this.#shown = undefined;
    await print(this.#takeAway());
  }

  async #draw(): Promise<void> {
    if (!this.#shown) return;
    const width = columns();
    const start = this.#takeAway();
    this.#shown_columns = columnsOf(renderBar(this.#shown, width, false));
    await print(start + renderBar(this.#shown, width, this.#is_coloured));
  }

  /** A terminal that became narrower has broken the old bar into several lines: it is erased from the first one on. */
  #takeAway(): string {
    const rows = Math.ceil(this.#shown_columns / columns()) - 1;
    this.#shown_columns = 0;
    return `${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGWINCH", this.#onResize);
    if (this.#shown) await print("\n");
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

/** A line for every tenth of the way. */
export class PlainView implements ProgressView {
  #tenth = 0;
  #total_bytes = -1;

  constructor(readonly write: (text: string) => Promise<void> = print) {}

  told(): Promise<void> {
    return Promise.resolve();
  }

  async figures(figures: Figures): Promise<void> {
    if (figures.total_bytes !== this.#total_bytes) this.#tenth = 0;
    this.#total_bytes = figures.total_bytes;
    const tenth = Math.floor(percentOf(figures) / 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    await this.write(`${figures.label}: ${percentOf(figures)}%, ${formatBytes(figures.bytes_per_s)}/s\n`);
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }

  pause(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Every event as a line of JSON. */
class JsonView implements ProgressView {
  async told(event: Told): Promise<void> {
    await print(JSON.stringify(event) + "\n");
  }

  figures(): Promise<void> {
    return Promise.resolve();
  }

  line(): Promise<void> {
    return Promise.resolve();
  }

  pause(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
