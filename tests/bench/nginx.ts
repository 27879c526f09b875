/**
 * What people would use instead: `curl` from `nginx` over TLS 1.3, disk to disk, with the same kind of certificate.
 * Both are used where they are installed.
 *
 * @module
 */

import { basename, dirname } from "../../src/base/std/path.ts";
import { until } from "../support/deadline.ts";
import { HostProcess } from "../support/namespaces.ts";
import { newIdentity } from "../support/parties.ts";
import { TempDir } from "../support/temp_dir.ts";
import { atInterrupt } from "./interrupt.ts";
import type { BareFiles } from "./bare_engine.ts";

const HOST = "127.0.0.1";
/** Debian keeps it where only root's shell looks. */
const NGINX_NAMES = ["nginx", "/usr/sbin/nginx"];

/** Moves a file once and gives the rate in bytes a second; `undefined` where a program is missing. */
export async function measureCurl({ from, to }: BareFiles): Promise<number | undefined> {
  const nginx = NGINX_NAMES.find((name) => runs(name, "-v"));
  if (nginx === undefined || !runs("curl", "--version")) return undefined;
  await using dir = atInterrupt(await TempDir.make());
  const port = freePort();
  const config = await writeConfig(dir, port, dirname(from));
  await using server = atInterrupt(new HostProcess([nginx, "-p", dir.path, "-c", config]));
  await until("nginx listens", () => accepts(port)).catch((cause) => {
    throw new Error(`nginx does not listen: ${server.log}`, { cause });
  });
  try {
    return await curl(`https://${HOST}:${port}/${basename(from)}`, to);
  } finally {
    await Deno.remove(to).catch(() => {});
  }
}

async function curl(url: string, to: string): Promise<number> {
  const flags = ["--silent", "--show-error", "--fail", "--tlsv1.3", "--insecure", "--http1.1"];
  const told = ["--write-out", "%{speed_download}\\n", "--output", to];
  await using client = atInterrupt(new HostProcess(["curl", ...flags, ...told, url]));
  if (await client.exited() !== 0) throw new Error(`curl failed: ${client.log}`);
  return Number(client.lines[0]);
}

/** One process without a master, which would leave its worker behind when it is killed. */
async function writeConfig(dir: TempDir, port: number, folder: string): Promise<string> {
  const { cert, key } = await newIdentity();
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return await dir.write(
    "nginx.conf",
    `daemon off;
master_process off;
error_log stderr;
pid ${dir.join("nginx.pid")};
events {}
http {
  access_log off;
  ${scratch.map((name) => `${name}_temp_path ${dir.join(name)};`).join("\n  ")}
  server {
    listen ${HOST}:${port} ssl;
    ssl_protocols TLSv1.3;
    ssl_certificate ${await dir.write("cert.pem", cert)};
    ssl_certificate_key ${await dir.write("key.pem", key)};
    root ${folder};
  }
}
`,
  );
}

function freePort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: HOST, port })).close();
    return true;
  } catch {
    return false;
  }
}

function runs(program: string, flag: string): boolean {
  try {
    return new Deno.Command(program, { args: [flag], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
