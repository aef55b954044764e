/** Fewer than these are no sample. */
const MIN_FASTEST = 5;

/**
 * The fastest quarter of some runs, of few at least five: whatever else the machine does only ever makes a run
 * longer.
 */
export function fastestQuarter<Run>(runs: readonly Run[], milliseconds: (run: Run) => number): Run[] {
  const sorted = runs.toSorted((left, right) => milliseconds(left) - milliseconds(right));
  return sorted.slice(0, Math.max(MIN_FASTEST, Math.ceil(runs.length / 4)));
}
