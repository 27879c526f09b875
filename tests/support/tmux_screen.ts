/**
 * A program on the screen of a real terminal emulator, tmux: what stands on it can be read, as a person would, also
 * after its size was changed.
 *
 * @module
 */

import { within } from "./deadline.ts";
import { TempDir } from "./temp_dir.ts";

const ROWS = 24;
/** What was there before fills the screen, so that the program writes at its bottom as it mostly does. */
const LAST_BEFORE = "100";
const BEFORE = ["sh", "-c", `seq ${LAST_BEFORE}; exec "$@"`, "sh"];

/** A screen with one program. */
export class TmuxScreen implements AsyncDisposable {
  private constructor(readonly dir: TempDir) {}

  /** Starts `command` on a screen that is `columns` wide. */
  static async start(
    command: readonly string[],
    columns: number,
    env: Record<string, string>,
  ): Promise<TmuxScreen> {
    const screen = new TmuxScreen(await TempDir.make());
    try {
      const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
      const size = ["-x", `${columns}`, "-y", `${ROWS}`];
      await screen.#tmux(
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        ...size,
        ...variables,
        ...BEFORE,
        ...command,
      );
      return screen;
    } catch (error) {
      await screen[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the program wrote and stands on the screen; a line that was broken is one line. */
  async lines(): Promise<string[]> {
    const all = (await this.#tmux("capture-pane", "-p", "-J")).trimEnd().split("\n");
    return all.slice(all.findIndex((line) => line.trim() === LAST_BEFORE) + 1).map((line) => line.trimEnd());
  }

  /** The whole screen as it stands, with its colours as escape codes. */
  async coloured(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-e");
  }

  /** Types keys, by their names. */
  async type(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${ROWS}`);
  }

  async #tmux(...args: string[]): Promise<string> {
    return await tmux("-S", this.dir.join("socket"), ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It has ended with its program, or ends now.
    await this.#tmux("kill-server").catch(() => {});
    await this.dir[Symbol.asyncDispose]();
  }
}

async function tmux(...args: string[]): Promise<string> {
  const command = new Deno.Command("tmux", { args, env: { LC_ALL: "C.UTF-8" } });
  const { success, stdout, stderr } = await within("tmux", command.output());
  if (!success) throw new Error(`tmux ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Why there is no tmux here. */
export const no_tmux = await tmux("-V").then(() => undefined, () => "there is no tmux");
