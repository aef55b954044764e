/** How much memory an image takes, and waiting for it. */
import {
  type ClaimedSize,
  claimedSize,
  DEFAULT_MAX_PIXELS,
  type ImageSize,
  isReduced,
} from "../../core/images/mod.ts";
import { type MemoryBudget, type WaitFor, withinBudget } from "../../core/workers/mod.ts";
import type { Model } from "../model.ts";
import type { FileKind, PipelineSettings } from "./job.ts";

/**
 * Bytes of a pixel while a file is made: of the drawing, and of what is compressed. An overlay and boxes are counted as
 * if they had the image's own size.
 */
const FILE_BYTES: Readonly<Partial<Record<FileKind, number>>> = {
  ids: 1,
  trainids: 2,
  labelids: 2,
  scores: 2,
  mask: 2,
  color: 6,
  overlay: 4,
  boxes: 4,
  crops: 4,
  cutouts: 12,
};

/**
 * The bytes that an image takes at most: its pixels while they are decoded, one class of each, and the largest of its
 * files.
 *
 * @param needed the size at which it is decoded; absent, its own
 */
export function memoryNeed(
  { width, height, bytesPerPixel }: ClaimedSize,
  { segment, files }: PipelineSettings,
  needed?: ImageSize,
): number {
  const pixels = width * height;
  // Twice: the codec's output is resized.
  const decoded = needed
    ? needed.width * needed.height * 6 + pixels * (bytesPerPixel - 3)
    : pixels * bytesPerPixel;
  const largest = Math.max(0, ...files.map((kind) => FILE_BYTES[kind] ?? 0));
  return decoded + pixels * ((segment ? 1 : 0) + largest);
}

/** Memory that is shared with other threads. */
export interface SharedMemory {
  readonly budget: MemoryBudget;
  readonly waitFor: WaitFor;
}

/** An image whose bytes were read. */
export interface ReadImage {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The size at which it is decoded, by its full size, where its codec can do that. */
  readonly needed: (full: ImageSize) => ImageSize | undefined;
  readonly model: Pick<Model, "inputExtent" | "memoryFor" | "measureMemory">;
}

/**
 * Decodes an image and works with it, once there is memory for it; for one whose header cannot be read, or that is refused
 * for its size, at once.
 *
 * @throws {BneckError} if it needs more than the whole budget, and what `work` throws.
 */
export async function withMemoryFor<T>(
  { path, bytes, needed, model }: ReadImage,
  settings: Pick<PipelineSettings, "segment" | "files" | "maxPixels">,
  memory: SharedMemory | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const claimed = memory && await claimedSize(bytes);
  const { maxPixels = DEFAULT_MAX_PIXELS } = settings;
  if (!claimed || claimed.width * claimed.height > maxPixels) return await work();
  const size = needed(claimed);
  const reduced = claimed.reducible && isReduced(claimed, size) ? size : undefined;
  const { budget, waitFor } = memory;
  const what = `cannot read ${path}: an image of ${claimed.width}×${claimed.height} pixels`;
  if (model.memoryFor(claimed) === undefined) {
    await withinBudget(budget, budget.bytes, what, () => model.measureMemory(), waitFor);
  }
  const network = model.memoryFor(claimed);
  const pixels = memoryNeed(claimed, settings, reduced);
  // All of the budget for a network of which nothing is known: it runs alone.
  const need = network === undefined ? Math.max(pixels, budget.bytes) : pixels + network;
  const [height, width] = network ? model.inputExtent(claimed) : [];
  const seen = network ? ` at a network's input of ${width}×${height}` : "";
  return await withinBudget(budget, need, what + seen, work, waitFor);
}
