/**
 * Virtual time: what is to happen, in order.
 *
 * @module
 */

/** Runs what was planned, the earliest first; of equal times what was planned first. */
export class Timeline {
  #plans: { readonly at_ms: number; run(): void }[] = [];
  #now_ms = 0;

  get now_ms(): number {
    return this.#now_ms;
  }

  /** Plans something, now or later. */
  at(at_ms: number, run: () => void): void {
    const plan = { at_ms: Math.max(at_ms, this.#now_ms), run };
    let place = this.#plans.length;
    while (place > 0 && (this.#plans[place - 1]?.at_ms ?? 0) <= plan.at_ms) place--;
    // The earliest is the last one of the list, and of equal ones the one that was planned first.
    this.#plans.splice(place, 0, plan);
  }

  /** Does the next thing; `false` where nothing is planned. */
  step(): boolean {
    const plan = this.#plans.pop();
    if (!plan) return false;
    this.#now_ms = plan.at_ms;
    plan.run();
    return true;
  }
}
