import { assert, assertEquals } from "../support/assert.ts";
import { until, within } from "../support/deadline.ts";
import { HostProcess } from "../support/namespaces.ts";
import { leftOut } from "../support/print.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Lan, whyNoLan } from "../support/lan.ts";
import { LanParty } from "./lan_party.ts";
import { measureTcp } from "./tcp_stream.ts";

const BENCH = new URL("bench.ts", import.meta.url).href;
const ignore = leftOut("downloads over links of a set speed", await whyNoLan());

async function outputOf(...[program = "", ...args]: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout);
}

/** The namespaces of the LANs that a process made. */
async function namespacesOf(pid: number): Promise<string[]> {
  const names = (await outputOf("ip", "netns", "list")).split("\n");
  return names.filter((name) => name.startsWith(`lanspread-${pid}-lan`));
}

/** The command lines that name a path. */
function processesWith(path: string): string[] {
  const ids = [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => /^\d+$/.test(name));
  return ids.map((id) => commandLineOf(id)).filter((line) => line.includes(path));
}

function commandLineOf(id: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${id}/cmdline`);
  } catch {
    // It has ended.
    return "";
  }
}

Deno.test({
  name: "a LAN limits what a host sends, and is gone with its namespaces",
  ignore,
  fn: async () => {
    {
      await using lan = await Lan.lay(2);
      await lan.host(1).limit(200);
      const show = ["tc", "qdisc", "show", "dev", "eth0"];
      assert((await outputOf(...lan.host(1).wrapper, ...show)).includes("tbf"));
      assert(!(await outputOf(...lan.host(0).wrapper, ...show)).includes("tbf"));
      assert(await measureTcp(lan.host(1), lan.host(0), 1_000_000) > 0);
      assertEquals((await namespacesOf(Deno.pid)).length, 3);
    }
    assertEquals(await namespacesOf(Deno.pid), []);
  },
});

Deno.test({
  name: "a cable that is cut has no carrier, and is as good as before once it is healed",
  ignore,
  fn: async () => {
    await using lan = await Lan.lay(2);
    const [here, there] = [lan.host(0), lan.host(1)];
    const carrier = () => outputOf(...there.wrapper, "cat", "/sys/class/net/eth0/carrier");
    assertEquals(await carrier(), "1\n");
    await there.cut();
    assertEquals(await carrier(), "0\n");
    await there.heal();
    assertEquals(await carrier(), "1\n");
    assert(await measureTcp(here, there, 1_000) > 0);
  },
});

Deno.test({
  name: "a LAN party downloads over the wire, again and again, also after a source was killed and came back",
  ignore,
  fn: async () => {
    await using party = await LanParty.start([1_000, 1_000], { "a.bin": 3_000_000, "b.bin": 3_000_000 });
    for (let round = 0; round < 2; round++) {
      const fetched = await party.fetch();
      assertEquals(fetched.bytes, 6_000_003);
      assert(fetched.wire_bytes > fetched.bytes, `${fetched.wire_bytes} bytes on the wire`);
      await party.killSource(1);
      await party.startSource(1);
    }
  },
});

Deno.test({
  name: "a benchmark that is interrupted leaves no namespace, no process and no folder behind",
  ignore,
  fn: async () => {
    await using temp = await TempDir.make();
    const env = ["env", `TMPDIR=${temp.path}`];
    await using bench = new HostProcess([...env, Deno.execPath(), "run", "-A", BENCH, "links"]);
    try {
      await until("a peer runs", () => processesWith(`${temp.path}/`).length > 0);
      assert((await namespacesOf(bench.pid)).length > 0);
    } finally {
      bench.signal("SIGINT");
      assertEquals(await within("the end of the benchmark", bench.exited()), 130);
    }
    assertEquals(await namespacesOf(bench.pid), []);
    assertEquals(processesWith(`${temp.path}/`), []);
    assertEquals([...Deno.readDirSync(temp.path)], []);
  },
});

Deno.test({
  name: "what runs beside a download sees this download's progress, not that of the one before",
  ignore,
  fn: async () => {
    await using party = await LanParty.start([100], { "data.bin": 20_000_000 });
    for (let round = 0; round < 2; round++) {
      const before = await party.receivedBytes();
      await party.fetch(async (arrived) => {
        await arrived(0.5);
        assert(await party.receivedBytes() - before > 10_000_000);
      });
    }
  },
});
