/**
 * Small images of label images, for reports: photo, truth, prediction and errors.
 *
 * @module
 */
import type { Palette } from "../../core/images/mod.ts";
import { WorkerPool } from "../../core/workers/mod.ts";
import type { SetImage } from "../../datasets/evaluation_set.ts";
import type { WorkerSettings } from "./worker.ts";

/** The longer side of the small images in pixels. */
const SIDE = 512;

/** What is drawn of one image. */
export interface ImageDrawing {
  /** A JPEG, `null` where there is no photo. */
  readonly photo: Uint8Array | null;
  /** A PNG in the colours of the classes. */
  readonly truth: Uint8Array;
  /** A PNG in the colours of the classes. */
  readonly prediction: Uint8Array;
  /** A JPEG: wrong pixels in red over the photo in grey; what is not scored is nearly black. */
  readonly errors: Uint8Array;
}

/** How images are drawn. */
export interface DrawOptions {
  /** Worker threads. @default {one per core} */
  readonly workers?: number;
  /** Ends the drawing when it aborts. */
  readonly signal?: AbortSignal;
}

/** What a drawing worker starts with; plain data. */
export interface DrawSettings {
  readonly worker: WorkerSettings;
  /** Colours by place in the confusion matrix. */
  readonly palette: Palette;
  /** Places of the ground truth that are not scored. */
  readonly ignored: readonly number[];
  /** The longer side of the images in pixels. */
  readonly side: number;
}

/**
 * Draws images of an evaluation, in order.
 *
 * @param worker of {@linkcode EvaluationRun}
 * @param drawing of the metric: {@linkcode PixelMetric.drawing}
 * @throws {BneckError} An image cannot be read.
 */
export async function drawImages<Image extends SetImage>(
  worker: WorkerSettings,
  drawing: Pick<DrawSettings, "palette" | "ignored">,
  images: readonly Image[],
  { workers = navigator.hardwareConcurrency, signal }: DrawOptions = {},
): Promise<ImageDrawing[]> {
  if (images.length === 0) return [];
  await using pool = await WorkerPool.start<DrawSettings, Image, ImageDrawing>({
    module: new URL("./draw_worker.ts", import.meta.url),
    workers: Math.min(workers, images.length),
    init: { worker, ...drawing, side: SIDE },
  });
  const drawn: ImageDrawing[] = [];
  for await (const { result, error } of pool.run(images, { signal })) {
    if (error) throw error;
    drawn.push(result);
  }
  signal?.throwIfAborted();
  return drawn;
}
