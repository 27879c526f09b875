/**
 * How a figure grows with the number of peers: the power law through its points, by least squares on logarithms. Pure.
 *
 * ```ts
 * import { fitPower } from "./fit.ts";
 *
 * // Doubling the peers doubles the figure: the exponent is 1.
 * console.log(fitPower([{ n: 10, value: 20 }, { n: 20, value: 40 }])?.exponent);
 * ```
 *
 * @module
 */

/** A figure measured with `n` peers. */
export interface Point {
  readonly n: number;
  readonly value: number;
}

/** `value` is about `factor` times `n` to the `exponent`. */
export interface Power {
  readonly factor: number;
  readonly exponent: number;
}

/** The power law; `undefined` with fewer than two different `n`. Points at or below zero have no logarithm and are left out. */
export function fitPower(points: readonly Point[]): Power | undefined {
  const logs = points.filter(({ n, value }) => n > 0 && value > 0)
    .map(({ n, value }) => ({ x: Math.log(n), y: Math.log(value) }));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mean_x, mean_y] = [mean(logs.map(({ x }) => x)), mean(logs.map(({ y }) => y))];
  const spread = logs.reduce((sum, { x }) => sum + (x - mean_x) ** 2, 0);
  if (logs.length === 0 || spread === 0) return undefined;
  const exponent = logs.reduce((sum, { x, y }) => sum + (x - mean_x) * (y - mean_y), 0) / spread;
  return { factor: Math.exp(mean_y - exponent * mean_x), exponent };
}

/** The figure that the law gives for `n` peers. */
export function valueAt({ factor, exponent }: Power, n: number): number {
  return factor * n ** exponent;
}

/** How it grows, in words: exponents between the whole ones are told as they are. */
export function growth(power: Power | undefined): string {
  if (!power) return "not known";
  const exponent = power.exponent;
  const names: [number, string][] = [[0, "stays"], [1, "as the peers"], [2, "as their square"]];
  const near = names.find(([whole]) => Math.abs(exponent - whole) <= 0.15);
  const told = `n^${exponent.toFixed(2)}`;
  return near ? `${told}, ${near[1]}` : told;
}
