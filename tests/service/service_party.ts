/**
 * A private machine whose systemd runs lanspread as a service, with a cable to another host, where a peer sees what
 * becomes of it.
 *
 * @module
 */

import { Status } from "../../src/web/answer_schemas.ts";
import { readControl } from "../../src/web/control_file.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { until } from "../support/deadline.ts";
import { makeGame } from "../support/games.ts";
import { Cable, inNamespace } from "../support/namespaces.ts";
import { TempDir } from "../support/temp_dir.ts";
import { WrappedPeer } from "../support/wrapped_peer.ts";
import { GAMER, PROGRAM } from "./private_root.ts";
import { PrivateSystemd, type Ran, type Who } from "./private_systemd.ts";

/** A service there: whose it is, and where it keeps its data. */
export interface ServicePlace {
  readonly who: Who;
  readonly flags: readonly string[];
  readonly state_dir: string;
}

export const OF_MACHINE: ServicePlace = {
  who: "root",
  flags: ["--system"],
  state_dir: "/var/lib/lanspread",
};
export const OF_USER: ServicePlace = {
  who: "gamer",
  flags: [],
  state_dir: `${GAMER.home}/.local/state/lanspread`,
};

const PROPERTIES = [
  ...["ActiveState", "SubState", "LoadState", "UnitFileState", "Result", "NRestarts", "MainPID"],
  ...["ExecMainCode", "ExecMainStatus"],
] as const;
/** What systemd says of the service. */
export type Shown = Record<typeof PROPERTIES[number], string>;

/** Disposing it ends everything that was started. */
export class ServiceParty implements AsyncDisposable {
  readonly name = `test ${crypto.randomUUID()}`;

  private constructor(
    readonly dir: TempDir,
    readonly cable: Cable,
    readonly machine: PrivateSystemd,
    readonly place: ServicePlace,
    readonly stack: AsyncDisposableStack,
  ) {}

  static async make(place: ServicePlace): Promise<ServiceParty> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await TempDir.make());
    const cable = stack.use(await Cable.lay());
    const machine = stack.use(await PrivateSystemd.boot(dir, cable.names[0]));
    return new ServiceParty(dir, cable, machine, place, stack.move());
  }

  /** A peer on the other host. */
  guest(name: string): WrappedPeer {
    const wrapper = inNamespace(this.cable.names[1]);
    return this.stack.use(new WrappedPeer(this.dir, name, { party: this.name, wrapper }));
  }

  /** Runs `lanspread service`. */
  service(action: string, ...flags: string[]): Promise<Ran> {
    const { who, flags: own } = this.place;
    return this.machine.lanspread(["service", action, ...own, ...flags], who);
  }

  /** Installs it; throws where that does not succeed. */
  async install(...flags: string[]): Promise<string> {
    const { code, out, err } = await this.service("install", "--party", this.name, ...flags);
    assertEquals([code, err], [0, ""]);
    return out;
  }

  systemctl(...args: string[]): Promise<string> {
    const { who } = this.place;
    return this.machine.ask(["systemctl", ...who === "root" ? [] : ["--user"], ...args], who);
  }

  /** What systemd says of it. */
  async shown(): Promise<Shown> {
    const out = await this.systemctl("show", "lanspread", `--property=${PROPERTIES.join(",")}`);
    const facts = new Map(out.trim().split("\n").map((line) => line.split("=", 2) as [string, string]));
    return Object.fromEntries(PROPERTIES.map((name) => [name, facts.get(name) ?? ""])) as Shown;
  }

  /** Waits until systemd says what is looked for. */
  async until(what: string, isSo: (shown: Shown) => boolean): Promise<Shown> {
    let last: Shown | undefined;
    return await until(what, async () => {
      last = await this.shown();
      return isSo(last) && last;
    }).catch(async (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last)}\n${await this.log()}`);
    });
  }

  /** Runs a command that talks to the running peer. */
  cli(...args: string[]): Promise<Ran> {
    return this.machine.lanspread([...args, "--state-dir", this.place.state_dir], this.place.who);
  }

  /** Waits until its control API answers, in another life than that of the main process `before`. */
  async answers(before = "0"): Promise<{ pid: string; peer_id: string; addr: string; quic: string }> {
    const { MainPID: pid } = await this.until(
      "its main process",
      ({ MainPID }) => MainPID !== "0" && MainPID !== before,
    );
    const answer = await until("an answer", async () => {
      const { code, out } = await this.cli("status", "--json");
      return code === 0 && Status.parse(JSON.parse(out));
    }).catch(async (error) => {
      throw new Error(`${error.message}\n${await this.log()}`);
    });
    return { pid, peer_id: answer.peer_id, addr: answer.listen_addr, quic: answer.quic };
  }

  /** Lays a new game into its folder, of which the guest hears from whoever runs now. */
  async shares(id: string, game_dir: string, guest: WrappedPeer): Promise<void> {
    await makeGame(this.machine.path(game_dir), id, { version: "1.0", files: { "data.bin": 1_000_000 } });
    await guest.event("games-list-updated", ({ games }) => games.some((game) => game.id === id));
  }

  /** Kills its main process as a crash would. */
  async crash(): Promise<void> {
    const { MainPID } = await this.shown();
    // Zero would be whoever asks.
    assertMatch(MainPID, /^[1-9]\d+$/);
    await this.machine.ask(["kill", "-KILL", MainPID]);
  }

  /** Sends its control API a command as the page does. Gives the answer; the message is empty where it is accepted. */
  async command(command: Record<string, unknown>): Promise<{ status: number; message: string }> {
    const control = await readControl(this.machine.path(this.place.state_dir));
    assert(control, "no control.json");
    const request = {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${control.token}` },
      body: JSON.stringify(command),
    };
    const url = JSON.stringify(`http://${control.address}/api/v1/commands`);
    const code = `const answer = await fetch(${url}, ${JSON.stringify(request)});
      const { error } = await answer.json();
      console.log(JSON.stringify({ status: answer.status, message: error?.message ?? "" }));`;
    return JSON.parse(await this.machine.ask([PROGRAM.runtime, "eval", code]));
  }

  /** What the command prints that `lanspread` names for its log. */
  async log(): Promise<string> {
    const { out } = await this.service("status");
    const [, hint = ""] = /its log: ([^;\n]*)/.exec(out) ?? [];
    return (await this.machine.run([...hint.split(" "), "--no-pager"], this.place.who)).out;
  }

  /** Everything that is there, but for what belongs to the kernel and to systemd itself. */
  async files(): Promise<Set<string>> {
    const places = ["/", "/run", "/tmp", "/var/tmp", "/dev/shm"];
    const out = await this.machine.ask(["find", ...places, "-xdev"]);
    const own = /^\/(var\/log\/journal|run\/log|run\/systemd)\//;
    return new Set(out.trim().split("\n").filter((path) => !own.test(path)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}
