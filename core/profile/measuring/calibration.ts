/**
 * The times of layers without what measuring them costs. onnxruntime's profiler takes some microseconds on every
 * kernel, a part of them inside of the time that it reports, and its clock drops fractions of microseconds. What it
 * costs follows from runs of the same model with and without it.
 */
import type { KernelTimes } from "./kernel_times.ts";
import { median, percentile, sum, undisturbed, usualMean } from "../statistics.ts";

/** What the profiler costs on one kernel, in microseconds. */
export interface ProfilerCost {
  /** The part within the reported time of the kernel. It may be negative: the clock drops half of one on average. */
  readonly inside: number;
  /** The part between kernels, where a loop's own time has it too. */
  readonly between: number;
}

/**
 * How the profiler's cost was found. `difference`: from runs with and without it, so that the parts add up by
 * construction. `limited`: as much of that as the shortest kernels allow, so they need not. `fitted`: kernels cost less
 * than recording them, and the cost was raised until the parts fit a plain run.
 */
export type CalibrationMethod = "difference" | "limited" | "fitted";

/** The times of a model's parts, in milliseconds, as they are without the profiler. */
export interface CalibratedTimes {
  readonly cost: ProfilerCost;
  readonly method: CalibrationMethod;
  /** Kernels of a run. */
  readonly events: number;
  /** By node, as {@linkcode KernelTimes} has them; the last entry is for unknown kernels. */
  readonly nodes: readonly number[];
  /** What a run takes besides its kernels. */
  readonly overhead: number;
  /** By node: corrected times in each run, for intervals. */
  readonly byRun: readonly Float64Array[];
  /** By how much the median plain run is slower than an undisturbed one: all times have that factor. */
  readonly disturbance: number;
}

/**
 * Takes the profiler's cost off. Kernels have usual times, so they are compared with quiet runs; what makes the median
 * run slower than those is spread over all parts.
 *
 * @param profiled milliseconds of the runs that `kernels` has.
 * @param plain milliseconds of runs of the same model without the profiler, taken in turns with those.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { calibrate } from "./calibration.ts";
 * // Two kernels of 10 and 30 µs; the profiler adds 1 µs inside of each and 2 µs behind it.
 * const kernels = {
 *   graph: { name: "", nodes: [], initializers: [], inputs: [], outputs: [] },
 *   usual: [11, 31, 0],
 *   byRun: [new Float64Array([11]), new Float64Array([31]), new Float64Array([0])],
 *   events: [1, 1, 0],
 *   innerEvents: [0, 0, 0],
 *   outerEvents: 2,
 *   between: 2,
 *   spans: [44],
 *   types: ["float", "float"],
 *   gap: 2,
 * };
 * const { nodes, overhead, cost } = calibrate(kernels, [0.056], [0.050]);
 * assert.deepEqual(nodes.map((ms) => Math.round(ms * 1000)), [10, 30, 0]);
 * assert.equal(Math.round(overhead * 1000), 10);
 * assert.equal(Math.round(cost.inside), 1);
 * ```
 */
export function calibrate(
  kernels: KernelTimes,
  profiled: readonly number[],
  plain: readonly number[],
): CalibratedTimes {
  const { usual, events: perNode, innerEvents, outerEvents, spans, gap } = kernels;
  const events = sum(perNode);
  // In microseconds.
  const quiet = undisturbed(plain) * 1000;
  const without = (inside: number, between = gap) =>
    usual.map((microseconds, node) =>
      Math.max(0, microseconds - perNode[node] * inside - innerEvents[node] * between)
    );
  const inKernels = sum(without(0));
  const around = Math.max(0, usualMean(profiled.map((time, run) => time * 1000 - spans[run])) - gap) +
    Math.max(0, kernels.between - Math.max(0, outerEvents - 1) * gap);
  const max = Math.min(shortest(usual, perNode), gap > 0 ? gap : USUAL_COST);
  const added = events > 0 ? (inKernels + around - quiet) / events : 0;
  let between = gap;
  let inside = Math.min(max, Math.max(-CLOCK_LOSS, added));
  let method: CalibrationMethod = inside === added || events === 0 ? "difference" : "limited";
  let own = without(inside);
  if (inKernels + around > MOSTLY_PROFILER * quiet && sum(own) > quiet) {
    const min = Math.max(inside, CLOCK_LOSS);
    const factor = rootBetween(1, MAX_FACTOR, (factor) => sum(without(factor * min, factor * gap)) - quiet);
    [inside, between] = [factor * min, factor * gap];
    own = without(inside, between);
    method = "fitted";
  }
  // The profiler also works at the beginning and the end of a run.
  const overhead = Math.min(around, Math.max(0, quiet - sum(own)));

  // Where every plain run was disturbed, the usual times of the kernels still show what one takes that is not.
  const disturbance = median(plain) * 1000 / Math.min(quiet, sum(own) + overhead);
  const factor = disturbance / 1000;
  return {
    cost: { inside, between },
    method,
    events,
    nodes: own.map((microseconds) => factor * microseconds),
    overhead: factor * overhead,
    byRun: kernels.byRun.map((runs, node) => {
      const correction = perNode[node] * inside + innerEvents[node] * between;
      return runs.map((microseconds) => factor * Math.max(0, microseconds - correction));
    }),
    disturbance,
  };
}

/** A clock of whole microseconds reports half of one less on average. */
const CLOCK_LOSS = 0.5;

/** Where runs under the profiler are so many times as slow, its cost is what matters, and kernels are hardly known. */
const MOSTLY_PROFILER = 1.5;

/** Kernels of loops differ in what the profiler costs on them; it may be so many times as much as elsewhere. */
const MAX_FACTOR = 20;

/** Where a falling function crosses 0, or the nearer end. */
function rootBetween(low: number, high: number, f: (x: number) => number): number {
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return high;
}

/** What the profiler costs inside of a kernel on most machines, where there are no gaps to compare it with. */
const USUAL_COST = 2;

/** The part of the kernels that may be shorter than what the profiler costs. */
const SHORT = 0.05;

/**
 * The time of the shortest kernels. No kernel takes less than nothing, so it limits the profiler's cost inside of
 * kernels: else a disturbance of long runs would be taken for the cost of short kernels. So does the cost between
 * kernels, which is the larger part.
 */
function shortest(usual: readonly number[], events: readonly number[]): number {
  const durations = events.flatMap((count, node) => count > 0 ? [usual[node] / count] : []);
  return durations.length > 0 ? percentile(durations, SHORT) : 0;
}
