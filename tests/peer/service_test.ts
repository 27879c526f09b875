import { type ServicePolicy, superviseService } from "../../src/peer/service.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { within } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Supervises a service whose runs are given by `run`; notes what the supervisor reports. */
function supervise(policy: ServicePolicy, run: (signal: AbortSignal) => Promise<void>) {
  const clock = new FakeClock();
  const controller = new AbortController();
  const restarts: unknown[] = [];
  const failures: unknown[] = [];
  const given_up: unknown[] = [];
  const starts: number[] = [];
  const service = {
    name: "radio",
    policy,
    run: (signal: AbortSignal) => {
      starts.push(clock.now());
      return run(signal);
    },
  };
  const ports = {
    clock,
    onRestart: (_: string, error: unknown) => void restarts.push(error),
    onGivenUp: (_: string, error: unknown) => void given_up.push(error),
    onFailed: (_: string, error: unknown) => void failures.push(error),
  };
  const running = superviseService(service, ports, controller.signal);
  running.catch(() => {});
  return { clock, controller, restarts, failures, given_up, starts, running };
}

const untilAbort = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

Deno.test("a service that fails starts again after five seconds, every time", async () => {
  const broken = new Error("broken");
  const { clock, controller, restarts, failures, starts, running } = supervise(
    "restart",
    () => Promise.reject(broken),
  );
  await clock.advance(12_000);
  assertEquals(starts, [0, 5_000, 10_000]);
  assertEquals([restarts, failures], [[broken, broken, broken], []]);
  controller.abort(new Error("over"));
  await assertRejects(() => running, Error, "over");
});

Deno.test("a service that ends by itself starts again, too", async () => {
  const { clock, controller, restarts, starts, running } = supervise("restart", () => Promise.resolve());
  await clock.advance(5_000);
  assertEquals([starts.length, String(restarts[0])], [2, "Error: radio ended"]);
  controller.abort();
  await running.catch(() => {});
});

Deno.test("a required service that fails or ends is reported once and not started again", async () => {
  const broken = new Error("broken");
  for (const run of [() => Promise.reject(broken), () => Promise.resolve()]) {
    const { clock, failures, restarts, starts, running } = supervise("required", run);
    await within("the supervisor ends", running);
    await clock.advance(60_000);
    assertEquals([failures.length, restarts.length, starts.length], [1, 0, 1]);
  }
});

Deno.test("an abort is neither a failure nor a restart", async () => {
  for (const policy of ["required", "restart"] as const) {
    const { controller, failures, restarts, running } = supervise(policy, untilAbort);
    controller.abort();
    await within("the supervisor ends", running);
    assertEquals([failures, restarts], [[], []]);
  }
});

Deno.test("a best-effort service that fails is told once, is not started again and stops nobody", async () => {
  const broken = new Error("broken");
  const { clock, restarts, failures, given_up, starts, running } = supervise(
    "best-effort",
    () => Promise.reject(broken),
  );
  await within("it is given up", running);
  await clock.advance(60_000);
  assertEquals([starts, given_up, restarts, failures], [[0], [broken], [], []]);
});
