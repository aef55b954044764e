/** Choosing the range of a tensor's bytes from the values that were seen. */
import type { TensorObserver } from "./observer.ts";
import type { Range } from "./scale.ts";

/** How a range is chosen: all values, all but the rarest, or what keeps the squared error smallest. */
export type RangeRule = "min-max" | "percentile" | "mse";

/** The share of values outside a percentile range, on each side. */
const TAIL = 1e-4;

/** How finely ranges are tried. */
const STEPS = 64;

/** Bins of a {@linkcode Distribution}. */
const BINS = 4096;

/** Into how many values the bins of an observer are divided. */
const PIECES = 8;

/** The values of all channels of a tensor, each divided by its channel's factor: bins of equal width. */
export interface Distribution extends Range {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Of all values, zeros too. */
  readonly total: number;
}

/** The range of a tensor by a rule; 0 is always in it. */
export function chooseRange(distribution: Distribution, rule: RangeRule, tail = TAIL): Range {
  switch (rule) {
    case "min-max":
      return { min: distribution.min, max: distribution.max };
    case "percentile":
      return percentileRange(distribution, tail);
    case "mse":
      return smallestErrorRange(distribution);
  }
}

/** What was seen of a tensor. */
export function distributionOf(observer: TensorObserver, factors?: ArrayLike<number>): Distribution {
  const { channels, channelMin, channelMax } = observer;
  let [min, max] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const factor = factors?.[channel] ?? 1;
    min = Math.min(min, channelMin[channel] / factor);
    max = Math.max(max, channelMax[channel] / factor);
  }
  const width = (max - min) / BINS || 1;
  const counts = new Float64Array(BINS);
  for (let channel = 0; channel < channels; channel++) {
    const factor = factors?.[channel] ?? 1;
    observer.forEach(channel, PIECES, (value, count) => {
      counts[Math.min(BINS - 1, Math.floor((value / factor - min) / width))] += count;
    });
  }
  const values = Float64Array.from({ length: BINS }, (_, i) => min + (i + 0.5) * width);
  return { min, max, values, counts, total: observer.count * channels };
}

function percentileRange({ values, counts, total, min, max }: Distribution, tail: number): Range {
  const allowed = total * tail;
  let [low, high] = [0, values.length - 1];
  for (let sum = counts[low]; sum <= allowed && low < high; sum += counts[++low]);
  for (let sum = counts[high]; sum <= allowed && high > low; sum += counts[--high]);
  return {
    min: Math.min(0, low === 0 ? min : values[low]),
    max: Math.max(0, high === BINS - 1 ? max : values[high]),
  };
}

/**
 * The range with the smallest sum of squared errors: those of rounding, which are spread evenly over a step, and those of
 * values outside.
 */
function smallestErrorRange({ values, counts, min, max }: Distribution): Range {
  const sums = prefixSums(values, counts);
  let best: Range = { min, max };
  let smallest = Infinity;
  for (let low = 0; low <= (min === 0 ? 0 : STEPS); low++) {
    const from = min * (1 - low / STEPS);
    for (let high = max === 0 ? STEPS : 0; high <= STEPS; high++) {
      const to = max * high / STEPS;
      if (to - from <= 0) continue;
      const step = (to - from) / 255;
      const error = sums.inside(from, to) * step * step / 12 + sums.below(from) + sums.above(to);
      if (error < smallest) [smallest, best] = [error, { min: from, max: to }];
    }
  }
  return best;
}

/** Counts and squared distances of values in a histogram, each without a loop. */
function prefixSums(values: Float64Array, counts: Float64Array) {
  const [zeroth, first, second] = [0, 1, 2].map((power) => {
    const sums = new Float64Array(values.length + 1);
    for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i] + counts[i] * values[i] ** power;
    return sums;
  });
  const width = values[1] - values[0];
  const place = (value: number) =>
    Math.min(values.length, Math.max(0, Math.round((value - values[0]) / width + 0.5)));
  const distance = (from: number, to: number, value: number) => {
    const [n, sum, squares] = [zeroth, first, second].map((sums) => sums[to] - sums[from]);
    return Math.max(0, squares - 2 * value * sum + value * value * n);
  };
  return {
    inside: (low: number, high: number) => zeroth[place(high)] - zeroth[place(low)],
    below: (low: number) => distance(0, place(low), low),
    above: (high: number) => distance(place(high), values.length, high),
  };
}
