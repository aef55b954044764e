/**
 * The tally module of folders of label images: counts one pair at a time in a worker.
 *
 * @module
 */
import { importLater } from "../../core/import_later.ts";
import { labelColors } from "../../core/images/label_colors.ts";
import type { FolderPair } from "./folder_pair.ts";
import { UNKNOWN_VALUE, type ValueIndex } from "./label_index.ts";
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
  const { classes, ignored = [] } = options.list;
  const colors = ({ placeOf }: ValueIndex) =>
    labelColors([...classes, ...ignored], (value) => placeOf[value] !== UNKNOWN_VALUE);
  const tally = pixelTally<FolderPair, SegmentationTally>(settings, limits, {
    index,
    colors: { truth: colors(index.truth), prediction: colors(index.prediction) },
    truthOf: ({ label }) => ({ labels: label, instances: null }),
    count: (prediction, { labels }, names) =>
      tallyPair(prediction, labels, index, options.boundaryTolerance, names),
    buffers: ({ counts }) => [counts.buffer],
  });
  return {
    ...tally,
    async readTruth(image) {
      if (image.drawn === undefined) return await tally.readTruth(image);
      const { drawLabels } = await importLater<typeof import("../labelling/labelled_image.ts")>(
        import.meta.resolve("../labelling/labelled_image.ts"),
      );
      return { labels: drawLabels(image.drawn, image.label, limits.maxPixels), instances: null };
    },
  };
}
