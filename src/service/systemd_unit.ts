/**
 * The unit files. Pure.
 *
 * @module
 */

import { CONFINED, IS_EARLY, runArgs, type ServiceSetup } from "./setup.ts";
import { execProgram, execWord, pathWord } from "./systemd_quote.ts";

const ABOUT = "lanspread: shares games with the machines of the local network";

/** Folders that `ProtectHome=` hides. */
const HOMES = ["/home", "/root", "/run/user"];
/** Folders in whose place `PrivateTmp=` puts empty ones. */
const TEMPS = ["/tmp", "/var/tmp"];

/** The text of the unit for this setup. Throws `usage` for a path that systemd takes in no way. */
export function unitText(setup: ServiceSetup): string {
  return setup.scope === "user" ? userUnit(setup) : systemUnit(setup);
}

function userUnit(setup: ServiceSetup): string {
  return `[Unit]
Description=${ABOUT}
${restartLimit()}
[Service]
${execution(setup)}# At a log-in the disk of the games may come later; nobody else waits for it.
Environment=${IS_EARLY}=yes
# A game that was launched goes on when lanspread stops.
KillMode=process
# No sandbox: launched games inherit it, and need more than lanspread does.

[Install]
WantedBy=default.target
`;
}

function systemUnit(setup: ServiceSetup): string {
  const { owner, game_dir, state_dir } = setup;
  return `[Unit]
Description=${ABOUT}
After=network.target
# Waits for the disk of the games.
RequiresMountsFor=${pathWord(game_dir)}
${restartLimit()}
[Service]
${execution(setup)}User=${owner?.uid ?? 0}
${groupOf(setup)}
# It writes its own data and the games, and nothing else.
ProtectSystem=strict
ReadWritePaths=${pathWord(state_dir)} ${pathWord(game_dir)}
# It is told so, and then knows what to say of other folders.
Environment=${CONFINED}=yes
ProtectHome=${protectHome(setup)}
PrivateTmp=${pathsOf(setup).some(isBelow(TEMPS)) ? "no" : "yes"}
PrivateDevices=yes
UMask=0022

# It never becomes anybody else.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
RemoveIPC=yes

# It looks at its own process only, and leaves the system's settings alone.
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes

# UDP and TCP; AF_NETLINK tells the network interfaces.
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute= is not possible: V8 compiles JavaScript to machine code while it runs.

[Install]
WantedBy=multi-user.target
`;
}

/** That of the games, so that what it writes is like them; the user's own where that is root's, as after `chown ann`. */
function groupOf({ owner }: ServiceSetup): string {
  return owner?.gid ? `Group=${owner.gid}\n` : "";
}

function restartLimit(): string {
  return `# Ten failures within five minutes are no accident.
StartLimitIntervalSec=300
StartLimitBurst=10
`;
}

function execution(setup: ServiceSetup): string {
  const [program = "", ...before] = setup.program;
  const words = [execProgram(program), ...[...before, ...runArgs(setup)].map(execWord)];
  return `Type=exec
ExecStart=${words.join(" ")}
Restart=on-failure
RestartSec=2
# Wrong settings stay wrong.
RestartPreventExitStatus=2
# A clean stop takes 2 s at most.
TimeoutStopSec=10
SyslogIdentifier=lanspread
`;
}

/** Whatever lies in a home must stay readable; the games there are opened by `ReadWritePaths=`. */
function protectHome(setup: ServiceSetup): string {
  const has_catalog_there = HOMES.some((home) => setup.config.includes(`"${home}/`));
  return pathsOf(setup).some(isBelow(HOMES)) || has_catalog_there ? "read-only" : "yes";
}

function pathsOf({ program, game_dir, state_dir }: ServiceSetup): string[] {
  return [...program.filter((word) => word.startsWith("/")), game_dir, state_dir];
}

function isBelow(folders: readonly string[]): (path: string) => boolean {
  return (path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
