/**
 * The tally module of folders of label images: counts one pair at a time in a worker.
 *
 * @module
 */
import type { FolderPair } from "./folder_pair.ts";
import { type PixelSettings, type PixelTally, pixelTally } from "./pixel_set.ts";
import {
  indexOf,
  type SegmentationOptions,
  type SegmentationTally,
  tallyPair,
} from "./segmentation_metric.ts";

/** See {@linkcode CreateTally}. */
export function createTally(
  settings: PixelSettings<SegmentationOptions>,
  limits: { readonly maxPixels?: number },
): PixelTally<FolderPair, SegmentationTally> {
  const { options } = settings;
  const index = indexOf(options);
  return pixelTally(settings, limits, {
    index,
    truthOf: ({ label }) => ({ labels: label, instances: null }),
    count: (prediction, { labels }, names) =>
      tallyPair(prediction, labels, index, options.boundaryTolerance, names),
    buffers: ({ counts }) => [counts.buffer],
  });
}
