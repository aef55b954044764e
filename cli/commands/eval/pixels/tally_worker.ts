/**
 * The worker threads of evaluations that run a segmentation model: each has the model, predicts whole images and
 * counts them against their ground truth. Only the counts leave it.
 */
import { writeFileAtomic } from "../../../../core/files/mod.ts";
import { encodeLabelPng, type LabelMap, readImage, readLabelMap } from "../../../../core/images/mod.ts";
import { serveWorker } from "../../../../core/workers/mod.ts";
import { type CityscapesTally, tallyFrame } from "../../../../datasets/cityscapes/mod.ts";
import { indexOf } from "../../../../datasets/segmentation/evaluate.ts";
import { type SegmentationTally, tallyPair } from "../../../../datasets/segmentation/mod.ts";
import { checkSameSize } from "../../../../datasets/segmentation/confusion_matrix.ts";
import type { PixelScoring, TallyJob, TallyReport, TallySettings } from "./job.ts";
import { Predictor } from "./predictor.ts";

serveWorker<TallySettings, TallyJob, TallyReport>(async ({ model, scoring, palette }) => {
  const predictor = await Predictor.open(model);
  const tally = tallier(scoring);
  return {
    async run(job) {
      const { image: path, truth: truthPath, instances: instancesPath, saveTo } = job;
      const [image, truth, instances] = await Promise.all([
        readImage(path),
        readLabelMap(truthPath),
        instancesPath === null ? null : readLabelMap(instancesPath),
      ]);
      // Before the model runs, because it takes the time.
      checkSameSize({ ...image, data: NO_LABELS }, truth, { prediction: path, truth: truthPath });
      const { labels, inputHeight, inputWidth } = await predictor.predict(image);
      const counted = tally(labels, truth, instances, job);
      if (saveTo !== null) await writeFileAtomic(saveTo, encodeLabelPng(labels, palette));
      return { tally: counted, inputHeight, inputWidth };
    },
    close: () => predictor.close(),
  };
}, { concurrency: 2, transferables: ({ tally }) => [tally.counts.buffer] });

const NO_LABELS = new Uint8Array();

/** Counts one picture. */
type Tallier = (
  prediction: LabelMap,
  truth: LabelMap,
  instances: LabelMap | null,
  job: TallyJob,
) => CityscapesTally | SegmentationTally;

function tallier(scoring: PixelScoring): Tallier {
  if (scoring.benchmark === "cityscapes") {
    return (prediction, truth, instances, job) => {
      const names = { prediction: job.image, truth: job.truth, instances: job.instances ?? "" };
      return tallyFrame({ prediction, truth, instances }, scoring.options, names);
    };
  }
  const { boundaryTolerance } = scoring.options;
  const index = indexOf(scoring.options);
  return (prediction, truth, _instances, job) =>
    tallyPair(prediction, truth, index, boundaryTolerance, { prediction: job.image, truth: job.truth });
}
