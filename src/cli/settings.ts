/**
 * How a peer is to be started: a flag wins over `LANSPREAD_*` in the environment, which wins over
 * `<state_dir>/config.json`.
 *
 * @module
 */

import { z } from "zod";
import { LanspreadError, messageOf } from "../base/errors.ts";
import { parseArgs } from "../base/std/cli.ts";
import { join, resolve } from "../base/std/path.ts";
import { requireApart } from "../peer/chosen_folder.ts";
import { type PeerOptions, QUIC_ENGINES, SETTING_NAMES } from "../peer/options.ts";
import { DisplayName } from "../proto/ids.ts";
import { CONFINED, IS_EARLY } from "../service/setup.ts";
import { RateText } from "./rate_text.ts";
import { LOG_LEVELS, type LogLevel } from "./logging.ts";
import { defaultStateDir } from "./state_dir.ts";

/** What the flags of everything that starts a peer give. */
export interface Settings extends PeerOptions {
  log: LogLevel;
  /** Where the log goes; `undefined` for the error output. */
  log_file: string | undefined;
  /** TCP port of the control API; `undefined` for the default one, 0 for any. */
  http_port: number | undefined;
  /** Whether the disk of the games may come after this process. */
  is_early: boolean;
  /** Whether the page is to be opened. */
  open: boolean;
}

/** Where values come from, so that tests can hand them in. */
export interface SettingsSources {
  args: readonly string[];
  env: (name: string) => string | undefined;
  /** Whether there will be a control API, and with it `--http-port`. */
  has_control?: boolean;
  /** Whether there will be a page, on which the game folder can be chosen, and with it `--open`. */
  has_page?: boolean;
}

const [UdpPort, TcpPort] = [portOf("UDP"), portOf("TCP")];
const IPV4 = z.ipv4({ error: "is not an IPv4 address such as 192.168.1.20" });

// Each rule takes the text of a flag, a variable or the configuration file.
const RULES = {
  game_dir: z.string().min(1, { error: "needs a folder" }),
  state_dir: z.string().min(1, { error: "needs a folder" }),
  name: DisplayName,
  interface: z.string().transform((text) => text.split(",")).pipe(z.array(IPV4)),
  port: UdpPort,
  http_port: TcpPort,
  quic: z.enum(QUIC_ENGINES, { error: `is not one of ${QUIC_ENGINES.join(", ")}` }),
  party: z.string().max(1_024, { error: "is longer than 1024 characters" }),
  catalog: z.string().min(1, { error: "needs a file" }),
  limit_up: RateText,
  limit_down: RateText,
  install: z.enum(["true", "false"], { error: "is not true or false" }).transform((text) => text === "true"),
  log_file: z.string().min(1, { error: "needs a file" }),
  log: z.enum(LOG_LEVELS, { error: `is not one of ${LOG_LEVELS.join(", ")}` }),
};
type Key = keyof typeof RULES;
const KEYS = Object.keys(RULES).filter((key): key is Key => key in RULES);

/** What holds from start to start, in the state folder. */
export const CONFIG_FILE = "config.json";

/** The empty folder, in the state folder, that stands for a game folder that was not chosen yet. */
const NO_GAMES = "no_game_folder";

/** Reads all settings. Throws `usage` with one line that names the flag, the variable or the file. */
export async function readSettings(sources: SettingsSources): Promise<Settings> {
  const flags = readFlags(sources);
  const fromFlagOrEnv = (key: Key): Given | undefined => flags.get(key) ?? readEnv(key, sources.env);
  const state_dir = resolve(
    parse(RULES.state_dir, fromFlagOrEnv("state_dir")) ?? defaultStateDir(sources.env),
  );
  const config_file = join(state_dir, CONFIG_FILE);
  const config = await readConfig(config_file);
  const given = (key: Key) => fromFlagOrEnv(key) ?? config.get(key);
  const chosen = parse(RULES.game_dir, given("game_dir"));
  if (chosen === undefined && !sources.has_page) {
    throw usage("--game-dir is missing; say which folder holds your games");
  }
  // Whoever has a page chooses there; until then the peer looks at a folder in which nothing is.
  const game_dir = chosen ?? join(state_dir, NO_GAMES);
  if (chosen !== undefined) await requireApart(resolve(chosen), state_dir);
  const catalog = parse(RULES.catalog, given("catalog"));
  const log_file = parse(RULES.log_file, given("log_file"));
  return {
    game_dir: resolve(game_dir),
    is_game_dir_missing: chosen === undefined,
    is_confined: sources.env(CONFINED) === "yes",
    is_early: sources.env(IS_EARLY) === "yes",
    state_dir,
    name: parse(RULES.name, given("name")) ?? hostName(),
    interfaces: parse(RULES.interface, given("interface")) ?? [],
    port: parse(RULES.port, given("port")),
    http_port: parse(RULES.http_port, given("http_port")),
    quic: parse(RULES.quic, given("quic")) ?? "auto",
    party: parse(RULES.party, given("party")) ?? "",
    catalog: catalog === undefined ? undefined : resolve(catalog),
    install: parse(RULES.install, given("install")) ?? true,
    limit_up: parse(RULES.limit_up, given("limit_up")),
    limit_down: parse(RULES.limit_down, given("limit_down")),
    log: parse(RULES.log, given("log")) ?? "warning",
    log_file: log_file === undefined ? undefined : resolve(log_file),
    open: sources.has_page === true && sources.args.includes("--open"),
    set_by: Object.fromEntries(
      SETTING_NAMES.flatMap((key) => {
        const where = fromFlagOrEnv(key)?.where;
        return where === undefined ? [] : [[key, where]];
      }),
    ),
    // Who has no page is driven by a program, which says anew at each start what it wants.
    ...sources.has_page ? { config_file } : {},
  };
}

/** A text and where it was given. */
interface Given {
  where: string;
  text: string;
}

function readFlags({ args, has_control = false, has_page = false }: SettingsSources): Map<Key, Given> {
  const { others, empty } = takeEmptyValues(args);
  const flags = new Map<Key, Given>();
  const parsed = parseArgs(others, {
    string: KEYS.filter((key) => key !== "install" && (key !== "http_port" || has_control)).map(flagName),
    boolean: ["no-install", ...has_page ? ["open"] : []],
    collect: ["interface"],
    unknown: (arg) => {
      throw usage(`${JSON.stringify(arg)} is not a flag of this command; try --help`);
    },
  });
  for (const key of KEYS) {
    const where = `--${flagName(key)}`;
    const text = [parsed[flagName(key)] ?? []].flat().join(",");
    const is_given = others.some((arg) => arg === where || arg.startsWith(`${where}=`));
    if (is_given && text === "") throw usage(`${where} needs a value; try --help`);
    if (is_given) flags.set(key, { where, text });
  }
  if (parsed["no-install"] === true) flags.set("install", { where: "--no-install", text: "false" });
  for (const key of empty) flags.set(key, { where: `--${flagName(key)}`, text: "" });
  return flags;
}

// The parser can't tell an empty value from a missing one.
function takeEmptyValues(args: readonly string[]): { others: string[]; empty: Key[] } {
  const empty: Key[] = [];
  const others: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const key = KEYS.find((key) => key !== "install" && arg.replace(/=$/, "") === `--${flagName(key)}`);
    const is_empty = arg.endsWith("=") || args[at + 1] === "";
    if (!key || !is_empty) others.push(arg);
    else empty.push(key);
    if (key && is_empty && !arg.endsWith("=")) at++;
  }
  return { others, empty };
}

function flagName(key: Key): string {
  return key.replaceAll("_", "-");
}

function readEnv(key: Key, env: SettingsSources["env"]): Given | undefined {
  if (key === "install") return readNoInstall(env);
  const where = `LANSPREAD_${key.toUpperCase()}`;
  const text = env(where);
  return text === undefined || text === "" ? undefined : { where, text };
}

/** `LANSPREAD_NO_INSTALL=true` is the flag `--no-install`. */
function readNoInstall(env: SettingsSources["env"]): Given | undefined {
  const where = "LANSPREAD_NO_INSTALL";
  const opposite: Record<string, string> = { true: "false", "1": "false", false: "true", "0": "true" };
  const text = env(where);
  return text === undefined || text === "" ? undefined : { where, text: opposite[text] ?? text };
}

async function readConfig(path: string): Promise<Map<Key, Given>> {
  const Config = z.partialRecord(
    z.enum(KEYS),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
  );
  try {
    const config = Config.parse(JSON.parse(withoutMark(await Deno.readTextFile(path))));
    return new Map(KEYS.flatMap((key) => {
      const value = config[key];
      return value === undefined
        ? []
        : [[key, { where: `"${key}" in ${path}`, text: String(value) }] as const];
    }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw usage(`${path} can't be used: ${error instanceof z.ZodError ? placed(error) : messageOf(error)}`);
  }
}

/** What is wrong, and with which key. */
function placed({ issues: [first] }: z.ZodError): string {
  const key = first?.path[0];
  return `${key === undefined ? "" : `"${String(key)}": `}${first?.message ?? "not valid"}`;
}

/** Some editors begin a file with a byte order mark. */
function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function parse<T>(rule: z.ZodType<T>, given: Given | undefined): T | undefined {
  if (!given) return undefined;
  const result = rule.safeParse(given.text);
  if (result.success) return result.data;
  throw usage(
    `${given.where} ${JSON.stringify(given.text)}: ${result.error.issues[0]?.message ?? "not valid"}`,
  );
}

function hostName(): string {
  return DisplayName.catch("lanspread").parse(Deno.hostname());
}

function usage(message: string): LanspreadError {
  return new LanspreadError("usage", message);
}

function portOf(protocol: "UDP" | "TCP") {
  const error = `is not a ${protocol} port from 0 to 65535`;
  return z.string().regex(/^\d{1,5}$/, { error }).transform(Number).pipe(z.number().max(65_535, { error }));
}
