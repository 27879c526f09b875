/**
 * Findings about a start of lanspread: its settings, its engine, its ports. Pure.
 *
 * @module
 */

import type { Facts } from "./facts.ts";
import { bad, good, type Judgement, warning } from "./finding.ts";

/** Whether the configuration can be read. */
export function judgeSettings({ settings_problem }: Facts): Judgement {
  if (settings_problem === undefined) return good("the settings can be used");
  return bad(
    `the settings can't be used: ${settings_problem}`,
    "lanspread does not start with them; what follows looks at the defaults instead",
    "correct or remove what is named there",
  );
}

/** Whether a peer runs. */
export function judgePeer({ running, is_stale }: Facts): Judgement {
  if (running) return good(`lanspread runs here and listens on UDP port ${running.port}`);
  const rest = is_stale
    ? "; it ended without its goodbye the last time, which the next start puts right"
    : "";
  return good(`lanspread does not run here now: this is about a start${rest}`);
}

/** Which QUIC engine runs, or would. */
export function judgeEngine({ running, engine, wanted_engine }: Facts): Judgement {
  if (running) return good(`the QUIC engine ${running.engine} runs`);
  if ("problem" in engine) {
    return bad(
      `no QUIC engine: ${engine.problem}`,
      "without one lanspread does not start",
      "start it with --quic auto",
    );
  }
  if (engine.name === "deno" || wanted_engine === "matrixai") {
    return good(`the QUIC engine ${engine.name} would run`);
  }
  return warning(
    `the QUIC engine ${engine.name} would run: this Deno has no QUIC built in`,
    "it moves a gigabit at most, and takes more of the processor",
    "use the lanspread binary, or start Deno with --unstable-net",
  );
}

/** Whether the UDP port is there for it. */
export function judgePort({ running, firewalls, port: { wanted, is_asked_for, is_free } }: Facts): Judgement {
  if (running) {
    const is_shut = firewalls.some(({ is_active, lets_in }) => is_active && lets_in !== true);
    return judgeUsedPort(running.port, wanted, is_shut);
  }
  if (is_free) return good(wanted === 0 ? "any UDP port will do" : `UDP port ${wanted} is free`);
  if (is_asked_for) {
    return bad(
      `UDP port ${wanted} is taken by another program`,
      "lanspread does not start on a taken port that was asked for",
      "end the other program, or leave out --port: then the next free one is taken",
    );
  }
  return warning(
    `UDP port ${wanted} is taken by another program`,
    "lanspread takes the next free one, which a firewall rule may not know",
    "end the other program, or let the next ports through the firewall, too",
  );
}

function judgeUsedPort(used: number, wanted: number, may_be_shut: boolean): Judgement {
  if (used === wanted || !may_be_shut) return good(`UDP port ${used} is used`);
  if (wanted === 0) {
    return warning(
      `UDP port ${used} is used, and another one at each start`,
      "a firewall is on, and no rule can be made for a port that changes",
      `start lanspread with a port that stays, such as --port ${used}, and let it through the firewall`,
    );
  }
  return warning(
    `UDP port ${used} is used, not ${wanted}`,
    "a firewall is on, and a rule that was made for the usual port does not let this one through",
    `let UDP port ${used} through the firewall, or free port ${wanted} and start lanspread again`,
  );
}

/** Whether the port of the control API is there for it. */
export function judgeControlPort({ running, http_port: { wanted, is_free } }: Facts): Judgement {
  if (running) return good("the control API answers");
  if (is_free) {
    return good(wanted === 0 ? "any TCP port will do" : `TCP port ${wanted} for the control API is free`);
  }
  return bad(
    `TCP port ${wanted} is taken by another program`,
    "the control API needs it, and lanspread does not start without it",
    "end the other program, or start lanspread with --http-port 0, which takes any free port",
  );
}
