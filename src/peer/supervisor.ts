/**
 * What the log says of services that end before their time.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { SupervisorPorts } from "./service.ts";

/** Logs what is restarted or given up; the failure of a required service goes to `onFailed`. */
export function loggingSupervisor(clock: Clock, onFailed: SupervisorPorts["onFailed"]): SupervisorPorts {
  return {
    clock,
    onRestart: (service, error) =>
      logger("peer").warn("{service} failed and starts again: {reason}", {
        service,
        reason: messageOf(error),
      }),
    onGivenUp: (service, error) =>
      logger("peer").warn("{service} failed, the peer goes on without it: {reason}", {
        service,
        reason: messageOf(error),
      }),
    onFailed,
  };
}
