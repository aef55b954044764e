/** How often networks are run: decided by what they cost, so that results are measured alike on every machine. */

import type { RunSchedule } from "./layer_runs.ts";
import type { Subject } from "../subject.ts";

/** How often to run, where that is not left to the plan. */
export interface RunCounts {
  /** Runs that count. @default {more for small networks, fewer for large ones} */
  readonly runs?: number;
  /** Runs before those, which pay one-off costs. @default {5 before at least 20 runs, else 2} */
  readonly warmup?: number;
}

/** How often a network is run, or every network of a comparison. */
export type RunPlan = Required<RunCounts>;

interface Budget {
  /** Multiply-adds of all runs together. */
  readonly madds: number;
  readonly min: number;
  readonly max: number;
}

/** Enough for steady medians of small networks, and a few seconds for large ones. */
const LAYERS: Budget = { madds: 100e9, min: 10, max: 100 };

/** In a comparison every network waits for the others. */
const COMPARISON: Budget = { madds: 250e9, min: 5, max: 100 };

/** Runs of one network that is measured layer by layer, given its multiply-adds. */
export function planLayerRuns(madds: number, counts: RunCounts = {}): RunPlan {
  return plan(madds, counts, LAYERS);
}

/** The runtime's profiler stops after a million kernels, and its file must be read: some 400 bytes for each. */
const MAX_EVENTS = 200_000;

/** A network of many cheap kernels takes longer than its multiply-adds say; it is measured for this long, in ms. */
const MAX_MILLISECONDS = 8000;

/** Enough for the weights to be in the caches again, and for the machine to be the same in both blocks. */
const BLOCK = 5;

/** From so many runs on they are done in blocks. */
const MIN_BLOCKED = 20;

/**
 * How a subject is measured layer by layer. Only as many runs are profiled as the profiler can record.
 */
export function scheduleLayerRuns(
  { costs, events }: Pick<Subject, "costs" | "events">,
  counts: RunCounts = {},
): RunSchedule {
  const { runs, warmup } = planLayerRuns(costs.madds, counts);
  return {
    runs,
    warmup,
    block: runs >= MIN_BLOCKED ? BLOCK : 1,
    recordable: Math.max(1, Math.floor(MAX_EVENTS / Math.max(1, events))),
    milliseconds: counts.runs === undefined ? MAX_MILLISECONDS : Infinity,
  };
}

/** About how many runs a schedule has, for progress. */
export function totalRuns({ runs, warmup, block, recordable }: RunSchedule): number {
  const all = runs + warmup + (block > 1 ? Math.ceil(runs / block) : 0);
  return all + Math.min(all, recordable);
}

/** Rounds of a comparison, given the multiply-adds of all its networks together. */
export function planRounds(madds: number, counts: RunCounts = {}): RunPlan {
  return plan(madds, counts, COMPARISON);
}

function plan(madds: number, { runs, warmup }: RunCounts, budget: Budget): RunPlan {
  const affordable = Math.round(budget.madds / Math.max(1, madds));
  const planned = runs ?? Math.min(budget.max, Math.max(budget.min, affordable));
  return { runs: planned, warmup: warmup ?? (planned >= 20 ? 5 : 2) };
}

/** How far a measurement is. */
export interface RunProgress {
  /** Runs that are finished, those that only warm up included. */
  readonly done: number;
  readonly total: number;
  /** 1, or more when a disturbed measurement is repeated: `done` starts again then. */
  readonly attempt: number;
}

/** How subjects are measured. */
export interface ProfileOptions extends RunCounts {
  /** Threads of one inference. @default {1} */
  readonly threads?: number;
  /** Ends the measurement after the run in progress, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every run; what it throws ends the measurement. */
  readonly onRun?: (progress: RunProgress) => void;
}

/** A callback for single runs that reports them as progress. */
export function countRuns(
  { onRun }: Pick<ProfileOptions, "onRun">,
  total: number,
  attempt = 1,
): () => void {
  let done = 0;
  return () => onRun?.({ done: ++done, total, attempt });
}
