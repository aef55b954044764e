/**
 * The worker of {@linkcode scoreCityscapesFiles}: reads and counts one frame at a time.
 *
 * @module
 */
import { readLabelMap } from "../../core/images/label_png.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { type CityscapesOptions, type CityscapesTally, tallyFrame } from "./evaluate.ts";
import type { CityscapesPair } from "./layout.ts";

serveWorker<CityscapesOptions, CityscapesPair, CityscapesTally>(
  (options) => ({
    async run({ labelIds, instanceIds, prediction }) {
      const [predicted, truth, instances] = await Promise.all([
        readLabelMap(prediction),
        readLabelMap(labelIds),
        options.instances && instanceIds !== null ? readLabelMap(instanceIds) : null,
      ]);
      const names = { prediction, truth: labelIds, instances: instanceIds ?? "" };
      return tallyFrame({ prediction: predicted, truth, instances }, options, names);
    },
  }),
  { concurrency: 2, transferables: ({ counts, instances }) => [counts.buffer, instances.buffer] },
);
