/** One sample in the cache: feature maps in half precision and labels, a safetensors file. */
import { dirname } from "node:path";
import { inputError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/files/mod.ts";
import {
  elementCount,
  encodeSafetensors,
  parseSafetensors,
  type WeightTensor,
  weightTensor,
} from "../../core/weights/mod.ts";

/** Feature maps by name, `[C, h, w]` of one image. */
export type Features = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

/** A sample as it is kept. */
export interface FeatureFile {
  readonly features: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float16Array }>;
  /** Class by pixel of the sample, 255 ignored; absent where labels are read from elsewhere. */
  readonly labels?: Uint8Array;
}

/** Writes a sample as a whole or not at all. */
export async function writeFeatures(path: string, features: Features, labels?: Uint8Array): Promise<void> {
  const tensors = new Map<string, WeightTensor>();
  for (const [name, { shape, data }] of Object.entries(features)) {
    const half = new Float16Array(data.length);
    half.set(data);
    tensors.set(name, weightTensor(shape, "float16", new Uint8Array(half.buffer)));
  }
  if (labels) tensors.set("labels", weightTensor([labels.length], "uint8", labels));
  await writeFileAtomic(path, encodeSafetensors(tensors));
}

/**
 * Reads a sample.
 *
 * @throws {BneckError} when the file has gone or is damaged.
 */
export function readFeatures(path: string): FeatureFile {
  const tensors = readTensors(path);
  const features = new Map<string, { readonly shape: readonly number[]; readonly data: Float16Array }>();
  for (const [name, { shape, dtype, data }] of tensors) {
    if (dtype !== "float16") continue;
    const bytes = data.byteOffset % 2 === 0 ? data : data.slice();
    features.set(name, { shape, data: new Float16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) });
  }
  return { features, labels: tensors.get("labels")?.data };
}

function readTensors(path: string): ReturnType<typeof parseSafetensors> {
  try {
    return parseSafetensors(Deno.readFileSync(path), path);
  } catch (error) {
    const message = `the features ${path} are damaged or gone: remove the folder ${
      dirname(dirname(path))
    } to have all computed again`;
    throw inputError(message, error);
  }
}

/** The bytes of a sample on disk, nearly: the header is left out. */
export function featureBytes(shapes: Readonly<Record<string, readonly number[]>>, labels: number): number {
  return Object.values(shapes).reduce((sum, shape) => sum + 2 * elementCount(shape), labels);
}
