/** Everything that a training goes on from: written now and then, so that a killed run loses minutes. */
import { writeFileAtomic } from "../../core/files/mod.ts";
import {
  encodeSafetensors,
  float32Tensor,
  parseSafetensors,
  safetensorsMetadata,
  toFloat32,
  type WeightTensor,
} from "../../core/weights/mod.ts";
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

/** A training that can go on. */
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
  const tensors = new Map<string, WeightTensor>();
  const put = (name: string, data: Float32Array) => tensors.set(name, float32Tensor([data.length], data));
  for (const [name, data] of values) put(`value.${name}`, data);
  for (const [name, data] of best) put(`best.${name}`, data);
  for (const [name, { first, second }] of moments) {
    put(`first.${name}`, first);
    put(`second.${name}`, second);
  }
  const metadata = new Map([["progress", JSON.stringify(progress)]]);
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata), { sync: true });
}

/** The state in a file, if it belongs to `key`; `undefined` where there is none. */
export async function readState(path: string, key: string): Promise<TrainingState | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const progress: Progress = JSON.parse(safetensorsMetadata(bytes, path).get("progress") ?? "{}");
  if (progress.key !== key) return undefined;
  const tensors = parseSafetensors(bytes, path);
  const part = (prefix: string) =>
    new Map(
      [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, tensor]) => [
        name.slice(prefix.length),
        toFloat32(tensor).slice(),
      ]),
    );
  const second = part("second.");
  const moments = new Map(
    [...part("first.")].map(([name, first]) => [name, { first, second: second.get(name)! }]),
  );
  return { progress, values: part("value."), moments, best: part("best.") };
}
