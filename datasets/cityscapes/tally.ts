/**
 * The tally module of Cityscapes: counts one frame at a time in a worker.
 *
 * @module
 */
import { type PixelSettings, type PixelTally, pixelTally } from "../segmentation/pixel_set.ts";
import { type CityscapesOptions, type CityscapesTally, tallyFrame } from "./cityscapes_metric.ts";
import type { CityscapesImage } from "./cityscapes_set.ts";
import { cityscapesIndex } from "./prediction_ids.ts";

/** See {@linkcode CreateTally}. */
export function createTally(
  settings: PixelSettings<CityscapesOptions>,
  limits: { readonly maxPixels?: number },
): PixelTally<CityscapesImage, CityscapesTally> {
  const { options } = settings;
  return pixelTally(settings, limits, {
    index: cityscapesIndex(options.predictionIds, options.truthIds),
    truthOf: ({ labelIds, instanceIds }) => ({
      labels: labelIds,
      instances: options.instances ? instanceIds : null,
    }),
    count: (prediction, { labels, instances }, names) =>
      tallyFrame({ prediction, truth: labels, instances }, options, names),
    buffers: ({ counts, instances }) => [counts.buffer, instances.buffer],
  });
}
