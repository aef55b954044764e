/** How long the blocks of a network take in float and in int8 on this machine. */
import { compareLatency, countOnnx, type FeedOptions, measureOnnx } from "../../../core/profile/mod.ts";

import { type Block, nodeBlocks } from "./blocks.ts";

/** How blocks and networks are timed. */
export interface TimingOptions {
  /** The images that are run. */
  readonly inputs: FeedOptions;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** Measures times; tests have one of their own, since what is faster depends on the machine. */
export interface Stopwatch {
  readonly blockTimes: typeof blockTimes;
  readonly comparePair: typeof comparePair;
}

/** Runs of a network whose blocks are timed. */
const RUNS = 30;

/**
 * The milliseconds of each block of a file, with changes of its memory layout.
 *
 * @throws {BneckError} if onnxruntime cannot run it
 */
export async function blockTimes(
  bytes: Uint8Array,
  label: string,
  blocks: readonly Block[],
  { inputs, threads, signal }: TimingOptions,
): Promise<ReadonlyMap<string, number>> {
  const costs = await countOnnx(bytes, label, { ...inputs, signal });
  const { rows, disturbance } = await measureOnnx(costs, { runs: RUNS, threads, signal });
  const times = new Map<string, number>();
  const blockOf = nodeBlocks(blocks);
  // Two networks are compared that other programs disturb differently.
  for (const { name, milliseconds, layoutMilliseconds } of rows) {
    const block = blockOf(name);
    if (block === undefined) continue;
    times.set(block, (times.get(block) ?? 0) + (milliseconds + layoutMilliseconds) / disturbance);
  }
  return times;
}

/** Two networks measured in turns. */
export interface PairTime {
  /** The median run of each. */
  readonly float: number;
  readonly int8: number;
  /** The median of float / int8 of the same round. */
  readonly ratio: number;
  /** Where that lies with 99 % confidence. */
  readonly interval: readonly [low: number, high: number];
  readonly rounds: number;
}

/**
 * Measures a network in float and in int8, in turns.
 *
 * @throws {BneckError} if onnxruntime cannot run one of them
 */
export async function comparePair(
  float: Uint8Array,
  int8: Uint8Array,
  label: string,
  { inputs, threads, signal }: TimingOptions,
  rounds = 60,
): Promise<PairTime> {
  const { measurable } = await countOnnx(float, label, { ...inputs, signal });
  // The ratio of each model's time to the first one's.
  const [second, first] = await compareLatency(
    [{ ...measurable, label: `${label} in int8`, model: int8 }, measurable],
    { runs: rounds, threads, signal },
  );
  return {
    float: first.milliseconds,
    int8: second.milliseconds,
    ratio: first.ratio,
    interval: first.ratioInterval,
    rounds: first.runs,
  };
}

/** Measures on this machine. */
export const STOPWATCH: Stopwatch = { blockTimes, comparePair };
