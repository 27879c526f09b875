/**
 * The files of a machine that does nothing but run systemd: as few units as a boot and a log-in need, all of them
 * written here, so that nothing of the machine below it is started, cleaned or set.
 *
 * @module
 */

/** The user of the private machine, who owns the games. */
export const GAMER = { uid: 1000, gid: 1000, home: "/home/gamer" } as const;
/** Another one. */
export const OTHER = { uid: 1001, gid: 1001, home: "/home/other" } as const;

/** Where the private machine has the program: the runtime, the source, and the runtime's cache. */
export const PROGRAM = {
  runtime: "/opt/lanspread/deno",
  source: "/opt/lanspread/source",
  cache: "/opt/lanspread/cache",
} as const;

const JOURNAL_SOCKET = `PassCredentials=yes
SocketMode=0666
Service=systemd-journald.service`;

const SYSTEM_UNITS: Record<string, string> = {
  "sysinit.target": "[Unit]\nRequires=systemd-journald.service\nAfter=systemd-journald.service\n",
  "sockets.target": "[Unit]\nWants=systemd-journald.socket systemd-journald-dev-log.socket\n",
  "basic.target": `[Unit]
Requires=sysinit.target sockets.target
After=sysinit.target sockets.target
AllowIsolate=yes
`,
  "network.target": "[Unit]\nAfter=network-pre.target\n",
  "multi-user.target": "[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n",
  "default.target": "[Unit]\nRequires=multi-user.target\nAfter=multi-user.target\nAllowIsolate=yes\n",
  "shutdown.target": "[Unit]\nDefaultDependencies=no\n",
  "systemd-journald.socket": `[Unit]
DefaultDependencies=no
IgnoreOnIsolate=yes
[Socket]
ListenStream=/run/systemd/journal/stdout
ListenDatagram=/run/systemd/journal/socket
${JOURNAL_SOCKET}
`,
  "systemd-journald-dev-log.socket": `[Unit]
DefaultDependencies=no
IgnoreOnIsolate=yes
[Socket]
ListenDatagram=/run/systemd/journal/dev-log
Symlinks=/dev/log
${JOURNAL_SOCKET}
`,
  // It moves the journal to /var/log/journal, where each user can read what is theirs.
  "systemd-journald.service": `[Unit]
DefaultDependencies=no
Requires=systemd-journald.socket
After=systemd-journald.socket systemd-journald-dev-log.socket
IgnoreOnIsolate=yes
[Service]
Type=notify
Sockets=systemd-journald.socket systemd-journald-dev-log.socket
FileDescriptorStoreMax=100
ExecStart=/usr/lib/systemd/systemd-journald
ExecStartPost=/usr/bin/journalctl --flush
`,
  // What a log-in starts.
  "user@.service": `[Service]
Type=notify
User=%i
Slice=user-%i.slice
Delegate=yes
KillMode=mixed
TimeoutStopSec=20
Environment=XDG_RUNTIME_DIR=/run/user/%i
ExecStartPre=+/usr/bin/install -d -m 700 -o %i -g %i /run/user/%i
ExecStart=/usr/lib/systemd/systemd --user
`,
};

const USER_UNITS: Record<string, string> = {
  "basic.target": "[Unit]\n",
  "default.target": "[Unit]\nRequires=basic.target\nAfter=basic.target\n",
  "shutdown.target": "[Unit]\nDefaultDependencies=no\n",
  // How a manager of a user ends when it is told to.
  "exit.target": `[Unit]
DefaultDependencies=no
Requires=systemd-exit.service
After=systemd-exit.service
AllowIsolate=yes
`,
  "systemd-exit.service": `[Unit]
DefaultDependencies=no
Requires=shutdown.target
After=shutdown.target
SuccessAction=exit-force
[Service]
Slice=-.slice
`,
};

/** The files below `/`, by their path. */
export function rootFiles(): Record<string, string> {
  const units = [
    ...Object.entries(SYSTEM_UNITS).map(([name, text]) => [`etc/systemd/system/${name}`, text]),
    ...Object.entries(USER_UNITS).map(([name, text]) => [`etc/systemd/user/${name}`, text]),
  ];
  const manager = `[Manager]\nDefaultEnvironment=DENO_DIR=${PROGRAM.cache} NO_COLOR=1\n`;
  const people = [{ name: "root", uid: 0, gid: 0, home: "/root" }, { name: "gamer", ...GAMER }, {
    name: "other",
    ...OTHER,
  }];
  return {
    ...Object.fromEntries(units),
    "etc/systemd/system.conf": manager,
    "etc/systemd/user.conf": manager,
    "etc/passwd": people.map(({ name, uid, gid, home }) => `${name}:x:${uid}:${gid}::${home}:/bin/sh\n`)
      .join(""),
    "etc/group": people.map(({ name, gid }) => `${name}:x:${gid}:\n`).join(""),
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/hostname": "party-machine\n",
    "etc/machine-id": `${crypto.randomUUID().replaceAll("-", "")}\n`,
  };
}

/** The folders that people own, with their owner. */
export const FOLDERS: readonly (readonly [path: string, owner: { uid: number; gid: number }])[] = [
  ["home/gamer", GAMER],
  ["home/gamer/games", GAMER],
  ["home/gamer/my games", GAMER],
  ["home/other", OTHER],
  ["srv/games", GAMER],
  ["srv/other_games", GAMER],
  ["srv/games_of_other", OTHER],
  ["var/lib", { uid: 0, gid: 0 }],
  ["var/log/journal", { uid: 0, gid: 0 }],
];
