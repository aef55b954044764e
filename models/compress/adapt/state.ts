/** What an adaptation continues from after it was interrupted, and its log. */
import { writeFileAtomic } from "../../../core/files/mod.ts";
import type { BoundConv } from "../../../core/graph/mod.ts";
import { readRun, type SavedRun, writeRun } from "../../state_file.ts";

/** A step as it is logged, a line of JSON each. Latencies are in milliseconds. */
export interface StepRecord {
  readonly step: number;
  readonly group: string;
  readonly from: number;
  readonly to: number;
  readonly predicted: number;
  /** In turns with the original, which took `original` then. */
  readonly measured: number;
  readonly original: number;
  /** Of the outputs from the original's, after the step's repair and its distillation. */
  readonly distance: number;
  /** The metric on the images for evaluation. */
  readonly score?: number;
  readonly parameters: number;
  readonly madds: number;
  readonly seconds: number;
  /** What else there was to choose from. */
  readonly rejected: readonly {
    readonly group: string;
    readonly from: number;
    readonly to: number;
    readonly predicted: number;
    readonly distance: number;
  }[];
}

/** An adaptation that can continue. */
export interface AdaptationState {
  /** What network, images and settings it belongs to. */
  readonly key: string;
  readonly original: number;
  readonly score?: number;
  readonly records: readonly StepRecord[];
  readonly kept: ReadonlyMap<string, readonly number[]>;
  readonly weights: ReadonlyMap<string, BoundConv>;
}

/** The part of a state that is JSON. */
type Progress = Omit<AdaptationState, "kept" | "weights"> & {
  readonly kept: Readonly<Record<string, readonly number[]>>;
};

/** Writes a state as a whole or not at all. */
export async function writeState(path: string, state: AdaptationState): Promise<void> {
  const { weights, kept, ...rest } = state;
  const tensors = new Map<string, Float32Array>();
  for (const [scope, { weight, bias }] of weights) {
    tensors.set(`${scope}.weight`, weight);
    if (bias) tensors.set(`${scope}.bias`, bias);
  }
  await writeRun(path, { progress: { ...rest, kept: Object.fromEntries(kept) }, tensors });
}

/**
 * The state in a file, if it belongs to `key`; `undefined` where there is none.
 *
 * @throws {BneckError} (usage) when there is one that cannot be read.
 */
export async function readState(path: string, key: string): Promise<AdaptationState | undefined> {
  return await readRun(path, key, restored);
}

function restored({ progress, tensors }: SavedRun<Progress>): AdaptationState {
  const weights = new Map<string, { weight: Float32Array; bias?: Float32Array }>();
  for (const [name, data] of tensors) {
    const [, scope, part] = name.match(/^(.+)\.(weight|bias)$/)!;
    const conv = weights.get(scope) ?? { weight: new Float32Array() };
    weights.set(scope, { ...conv, [part]: data });
  }
  return { ...progress, kept: new Map(Object.entries(progress.kept)), weights };
}

/** The log of all steps, written anew so that it never has a step twice. */
export async function writeLog(path: string, records: readonly StepRecord[]): Promise<void> {
  await writeFileAtomic(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
