/**
 * Services run for the whole life of a peer, each under a policy.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { isAbort } from "../base/errors.ts";

/**
 * What happens when a service ends before its time. `required`: the peer stops. `restart`: again after a pause.
 * `best-effort`: the peer goes on without it.
 */
export type ServicePolicy = "required" | "restart" | "best-effort";

const RESTART_MS = 5_000;

/** A named service. */
export interface Service {
  name: string;
  policy: ServicePolicy;
  run(signal: AbortSignal): Promise<void>;
}

/** What the supervisor reports to. */
export interface SupervisorPorts {
  clock: Clock;
  onRestart(service: string, error: unknown): void;
  /** A service that is done without failed. */
  onGivenUp(service: string, error: unknown): void;
  /** A required service failed. */
  onFailed(service: string, error: unknown): void;
}

/** Runs a service until the signal aborts, or a required one fails. */
export async function superviseService(
  service: Service,
  ports: SupervisorPorts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const error = await outcome(service, signal);
    if (signal.aborted) return;
    if (service.policy === "required") return ports.onFailed(service.name, error);
    if (service.policy === "best-effort") return ports.onGivenUp(service.name, error);
    ports.onRestart(service.name, error);
    await ports.clock.sleep(RESTART_MS, signal);
  }
}

async function outcome(service: Service, signal: AbortSignal): Promise<unknown> {
  try {
    await service.run(signal);
    return new Error(`${service.name} ended`);
  } catch (error) {
    return isAbort(error) && signal.aborted ? undefined : error;
  }
}
