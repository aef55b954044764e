/**
 * What every metric of a data set can do, so that evaluations can be spread over threads and machines.
 *
 * @module
 */

/**
 * Collects what was predicted for one image after another. Metrics that saw different images merge, in any
 * order, to what one metric that saw all of them would hold. Its class also has a static `fromJSON`, which
 * restores a state and validates it.
 */
export interface Metric<OfImage extends readonly unknown[], Result> {
  /** Takes what was predicted for one image, and its truth where the metric does not hold that of all images. */
  add(...ofImage: OfImage): void;
  /** Takes over what another metric of the same data and parameters holds. */
  merge(other: this): void;
  /** The scores of the images seen so far. */
  result(): Result;
  /** The state, for `JSON.stringify`; the same bytes whichever metrics it was merged from. */
  toJSON(): unknown;
}

/** What `evaluate` (models/evaluation) fills: each image is tallied in a worker, and the tally is added here. */
export interface TallyMetric<Tally> {
  /** The number of images added so far. */
  readonly images: number;
  /** Adds an image that a worker tallied. */
  addTally(tally: Tally): void;
}
