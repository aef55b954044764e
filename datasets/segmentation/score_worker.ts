/**
 * The worker of {@linkcode scoreFolderPairs}: reads and counts one pair of label images at a time.
 *
 * @module
 */
import { readLabelMap } from "../../core/images/label_png.ts";
import { serveWorker, stopwatch } from "../../core/workers/mod.ts";
import { indexOf, type SegmentationOptions, type SegmentationTally, tallyPair } from "./evaluate.ts";
import type { ScoredFiles } from "./score_files.ts";
import type { Tallied, TallyInit } from "./tally_files.ts";

serveWorker<TallyInit<SegmentationOptions>, ScoredFiles, Tallied<SegmentationTally>>(
  ({ settings, separateStages, maxPixels }) => {
    const index = indexOf(settings);
    return {
      concurrency: separateStages ? 1 : 2,
      async run({ label, prediction }) {
        const lap = stopwatch();
        const [truth, predicted] = await Promise.all(
          [label, prediction].map((path) => readLabelMap(path, { maxPixels })),
        );
        const decode = lap();
        const names = { truth: label, prediction };
        const tally = tallyPair(predicted, truth, index, settings.boundaryTolerance, names);
        return { tally, milliseconds: { "read + decode": decode, count: lap() } };
      },
    };
  },
  { transferables: ({ tally }) => [tally.counts.buffer] },
);
