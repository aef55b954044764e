/**
 * The worker threads of evaluations that run a segmentation model: each has the model, predicts whole images and
 * counts them against their ground truth. Only the counts leave it.
 */
import { writeFileAtomic } from "../../../../core/files/mod.ts";
import { encodeLabelPng, type LabelMap, readImage, readLabelMap } from "../../../../core/images/mod.ts";
import { serveWorker, stopwatch } from "../../../../core/workers/mod.ts";
import { type CityscapesTally, tallyFrame } from "../../../../datasets/cityscapes/mod.ts";
import { indexOf } from "../../../../datasets/segmentation/evaluate.ts";
import { type SegmentationTally, tallyPair } from "../../../../datasets/segmentation/mod.ts";
import { checkSameSize } from "../../../../datasets/segmentation/confusion_matrix.ts";
import type { Tallied, TallyInit } from "../../../../datasets/segmentation/tally_files.ts";
import type { PixelScoring, TallyJob, TallyReport, TallySettings } from "./job.ts";
import { Predictor } from "./predictor.ts";

serveWorker<TallyInit<TallySettings>, TallyJob, Tallied<TallyReport>>(async (init) => {
  const { settings: { model, scoring, palette }, maxPixels } = init;
  const predictor = await Predictor.open(model);
  const tally = tallier(scoring);
  return {
    concurrency: init.separateStages ? 1 : 2,
    async run(job) {
      const lap = stopwatch();
      const { image: path, truth: truthPath, instances: instancesPath, saveTo } = job;
      const [image, truth, instances] = await Promise.all([
        readImage(path, { maxPixels }),
        readLabelMap(truthPath, { maxPixels }),
        instancesPath === null ? null : readLabelMap(instancesPath, { maxPixels }),
      ]);
      const decode = lap();
      // Before the model runs, because it takes the time.
      checkSameSize({ ...image, data: NO_LABELS }, truth, { prediction: path, truth: truthPath });
      const { labels, inputHeight, inputWidth, milliseconds } = await predictor.predict(image);
      const { resize, infer } = milliseconds;
      const post = lap() - resize - infer;
      const counted = tally(labels, truth, instances, job);
      const count = lap();
      if (saveTo !== null) await writeFileAtomic(saveTo, encodeLabelPng(labels, palette));
      const { width, height } = image;
      return {
        tally: { tally: counted, width, height, inputHeight, inputWidth },
        milliseconds: { "read + decode": decode, resize, infer, post, count, save: lap() },
      };
    },
    close: () => predictor.close(),
  };
}, { transferables: ({ tally }) => [tally.tally.counts.buffer] });

const NO_LABELS = new Uint8Array();

/** Counts one image. */
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
