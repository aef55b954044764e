/** Everything that a training continues from: written now and then, so that a killed run loses minutes. */
import { readRun, type SavedRun, writeRun } from "../state_file.ts";
import type { Moments } from "./optimizer.ts";

/** How a validation went. */
export interface LogEntry {
  readonly stage: number;
  /** Passes of the stage so far. */
  readonly pass: number;
  /** Steps of all stages so far. */
  readonly step: number;
  /** The mean since the last validation. */
  readonly loss: number;
  /** mIoU, or the share of images whose class is found. */
  readonly metric: number;
  readonly pixelAccuracy?: number;
}

/** Where a training stands. */
export interface Progress {
  /** What data and recipe it belongs to. */
  readonly key: string;
  stage: number;
  /** Steps done in the stage. */
  step: number;
  /** Of all stages. */
  steps: number;
  log: LogEntry[];
  /** The entry whose parameters are kept. */
  best: LogEntry | undefined;
  /** Sum and number of losses since the last validation. */
  lossSum: number;
  lossCount: number;
  /** Spent in training so far. */
  seconds: number;
}

/** A training that can continue. */
export interface TrainingState {
  readonly progress: Progress;
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly moments: ReadonlyMap<string, Moments>;
  /** The values with the best metric. */
  readonly best: ReadonlyMap<string, Float32Array>;
}

/** Writes a state as a whole or not at all. */
export async function writeState(
  path: string,
  { progress, values, moments, best }: TrainingState,
): Promise<void> {
  const tensors = new Map<string, Float32Array>();
  for (const [name, data] of values) tensors.set(`value.${name}`, data);
  for (const [name, data] of best) tensors.set(`best.${name}`, data);
  for (const [name, { first, second }] of moments) {
    tensors.set(`first.${name}`, first);
    tensors.set(`second.${name}`, second);
  }
  await writeRun(path, { progress, tensors });
}

/**
 * The state in a file, if it belongs to `key`; `undefined` where there is none.
 *
 * @throws {BneckError} (usage) when there is one that cannot be read.
 */
export async function readState(path: string, key: string): Promise<TrainingState | undefined> {
  return await readRun(path, key, restored);
}

function restored({ progress, tensors }: SavedRun<Progress>): TrainingState {
  const part = (prefix: string) =>
    new Map(
      [...tensors].filter(([name]) => name.startsWith(prefix)).map((
        [name, data],
      ) => [name.slice(prefix.length), data]),
    );
  const second = part("second.");
  const moments = new Map(
    [...part("first.")].map(([name, first]) => [name, { first, second: second.get(name)! }]),
  );
  return { progress, values: part("value."), moments, best: part("best.") };
}
