/**
 * The worker of {@linkcode scoreCityscapesFiles}: reads and counts one frame at a time.
 *
 * @module
 */
import { readLabelMap } from "../../core/images/label_png.ts";
import { serveWorker, stopwatch } from "../../core/workers/mod.ts";
import { type CityscapesOptions, type CityscapesTally, tallyFrame } from "./evaluate.ts";
import type { Tallied, TallyInit } from "../segmentation/tally_files.ts";
import type { CityscapesPair } from "./layout.ts";

serveWorker<TallyInit<CityscapesOptions>, CityscapesPair, Tallied<CityscapesTally>>(
  ({ settings: options, separateStages, maxPixels }) => ({
    concurrency: separateStages ? 1 : 2,
    async run({ labelIds, instanceIds, prediction }) {
      const lap = stopwatch();
      const [predicted, truth, instances] = await Promise.all([
        readLabelMap(prediction, { maxPixels }),
        readLabelMap(labelIds, { maxPixels }),
        options.instances && instanceIds !== null ? readLabelMap(instanceIds, { maxPixels }) : null,
      ]);
      const names = { prediction, truth: labelIds, instances: instanceIds ?? "" };
      const decode = lap();
      const tally = tallyFrame({ prediction: predicted, truth, instances }, options, names);
      return { tally, milliseconds: { "read + decode": decode, count: lap() } };
    },
  }),
  { transferables: ({ tally }) => [tally.counts.buffer, tally.instances.buffer] },
);
