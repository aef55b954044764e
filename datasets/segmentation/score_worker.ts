/**
 * The worker of {@linkcode scoreFolderPairs}: reads and counts one pair of label pictures at a time.
 *
 * @module
 */
import { readLabelMap } from "../../core/images/label_png.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { indexOf, type SegmentationOptions, type SegmentationTally, tallyPair } from "./evaluate.ts";
import type { ScoredFiles } from "./score_files.ts";

serveWorker<SegmentationOptions, ScoredFiles, SegmentationTally>((options) => {
  const index = indexOf(options);
  return {
    async run({ label, prediction }) {
      const [truth, predicted] = await Promise.all([readLabelMap(label), readLabelMap(prediction)]);
      const names = { truth: label, prediction };
      return tallyPair(predicted, truth, index, options.boundaryTolerance, names);
    },
  };
}, { concurrency: 2, transferables: ({ counts }) => [counts.buffer] });
