/**
 * The speeds of late as a curve.
 *
 * @module
 */

const [WIDTH, HEIGHT] = [300, 80];

/** A curve over the whole width; decoration, the speed stands in words beside it. */
export function SpeedCurve({ speeds }: { speeds: readonly number[] }) {
  if (speeds.length < 2) return null;
  const line = lineOf(speeds);
  return (
    <svg class="curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="curve-area" d={`${line} L${WIDTH} ${HEIGHT} L0 ${HEIGHT}z`} />
      <path class="curve-line" d={line} />
    </svg>
  );
}

function lineOf(speeds: readonly number[]): string {
  const most = Math.max(1, ...speeds) * 1.1;
  const points = speeds.map((speed, at) => {
    const x = at * WIDTH / (speeds.length - 1);
    return `${x.toFixed(1)} ${(HEIGHT - speed / most * HEIGHT).toFixed(1)}`;
  });
  return `M${points.join(" L")}`;
}
