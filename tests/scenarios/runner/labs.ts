/**
 * The two labs behind one interface: a place that a test's process and its peers run in.
 *
 * `loopback` is there anywhere; every process is on 127.0.0.1. `namespaces` needs root on Linux: a LAN of its own for
 * each scenario, one namespace a host with its own address and mDNS, the test's process on one of them. Links can be
 * limited, cut and healed there (`support/lan.ts`).
 *
 * @module
 */

import { LAB_VARIABLE } from "../../support/lab.ts";
import { Lan, whyNoLan } from "../../support/lan.ts";
import type { LabName } from "../matrix.ts";

/** As many hosts as a scenario has peers at most, and one for the test. */
const HOST_COUNT = 13;

/** A lab as one scenario gets it. */
export interface Place extends AsyncDisposable {
  /** The command before the test's process. */
  readonly wrapper: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Lab {
  readonly name: LabName;
  /** Why it can't be used here; `undefined` where it can. */
  whyNot(): Promise<string | undefined>;
  open(): Promise<Place>;
}

const LOOPBACK: Lab = {
  name: "loopback",
  whyNot: () => Promise.resolve(undefined),
  open: () => Promise.resolve({ wrapper: [], env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }),
};

const NAMESPACES: Lab = {
  name: "namespaces",
  whyNot: whyNoLan,
  async open() {
    const lan = await Lan.lay(HOST_COUNT);
    const hosts = lan.hosts.map(({ namespace, address }) => ({ namespace, address }));
    return {
      wrapper: lan.host(0).wrapper,
      env: { [LAB_VARIABLE]: JSON.stringify(hosts) },
      [Symbol.asyncDispose]: () => lan[Symbol.asyncDispose](),
    };
  },
};

/** All labs, by name. */
export const LABS: Readonly<Record<LabName, Lab>> = { loopback: LOOPBACK, namespaces: NAMESPACES };
