/**
 * A bar that says how far something is.
 *
 * @module
 */

/** A bar; `percent` is `undefined` while that is not known. */
export function ProgressBar({ percent, label }: { percent: number | undefined; label: string }) {
  const value = percent === undefined ? {} : { "aria-valuenow": percent };
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      data-unknown={percent === undefined}
      {...value}
    >
      <div class="bar-done" style={{ width: `${percent ?? 100}%` }} />
    </div>
  );
}
