/** What a run that takes minutes continues from after it was stopped: JSON and numbers in one file, read by its own key only. */
import { usageError } from "../core/errors.ts";
import { reasonOf, writeFileAtomic } from "../core/files/mod.ts";
import {
  encodeSafetensors,
  float32Tensor,
  parseSafetensors,
  safetensorsMetadata,
  toFloat32,
} from "../core/weights/mod.ts";

/** The key of the JSON among the metadata. */
const PROGRESS = "progress";

/** What a state holds. */
export interface SavedRun<Progress extends { readonly key: string }> {
  /** Plain data; `key` says what network, data and settings it belongs to. */
  readonly progress: Progress;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** Writes a state as a whole or not at all. @throws {BneckError} if it cannot be written. */
export async function writeRun<Progress extends { readonly key: string }>(
  path: string,
  { progress, tensors }: SavedRun<Progress>,
): Promise<void> {
  const weights = new Map([...tensors].map(([name, data]) => [name, float32Tensor([data.length], data)]));
  const metadata = new Map([[PROGRESS, JSON.stringify(progress)]]);
  await writeFileAtomic(path, encodeSafetensors(weights, metadata), { sync: true });
}

/**
 * The state in a file, if it belongs to `key`; `undefined` where there is none.
 *
 * @param restore makes of the state what it stands for
 * @throws {BneckError} (usage) when there is one that cannot be read or restored.
 */
export async function readRun<Progress extends { readonly key: string }, State>(
  path: string,
  key: string,
  restore: (saved: SavedRun<Progress>) => State,
): Promise<State | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw usageError(`cannot read the state ${path}: ${reasonOf(error)}`, error);
  }
  try {
    const progress: Progress = JSON.parse(safetensorsMetadata(bytes, path).get(PROGRESS) ?? "{}");
    if (progress.key !== key) return undefined;
    const tensors = new Map(
      [...parseSafetensors(bytes, path)].map(([name, tensor]) => [name, toFloat32(tensor).slice()]),
    );
    return restore({ progress, tensors });
  } catch (error) {
    throw usageError(`the state ${path} is damaged: remove it to begin again`, error);
  }
}
