/** The worker threads of `bneck eval imagenet`: each has the classifier and ranks the classes of whole images. */
import { readImage } from "../../../../core/images/mod.ts";
import { serveWorker, stopwatch } from "../../../../core/workers/mod.ts";
import type { ImageSample } from "../../../../datasets/imagenet/mod.ts";
import type { Tallied, TallyInit } from "../../../../datasets/segmentation/tally_files.ts";
import type { InputSize } from "../../../../models/input_size.ts";
import { Model } from "../../../../models/model.ts";
import { type ModelRequest, resolveModel } from "../../../../models/open.ts";

/** What a worker starts with. */
export interface ClassifySettings {
  readonly model: ModelRequest;
  readonly inputSize?: InputSize;
}

/** What a classifier says of an image. */
export interface RankedOutputs {
  /** Its outputs, the likeliest first. */
  readonly outputs: readonly number[];
  /** The probability of the first. */
  readonly score: number;
  /** The size of the image. */
  readonly width: number;
  readonly height: number;
  /** The size at which the network saw it. */
  readonly inputHeight: number;
  readonly inputWidth: number;
}

serveWorker<TallyInit<ClassifySettings>, ImageSample, Tallied<RankedOutputs>>(async (init) => {
  const { settings: { model: request, inputSize }, maxPixels } = init;
  const model = await Model.open(await resolveModel(request), { tasks: ["classify"], inputSize });
  return {
    concurrency: init.separateStages ? 1 : 2,
    async run({ image: path }) {
      const lap = stopwatch();
      const image = await readImage(path, { maxPixels });
      const read = lap();
      const { classify, inputHeight, inputWidth, milliseconds } = await model.predict(image, {
        classify: { top: 5 },
      });
      const { width, height } = image;
      const { resize, infer, post } = milliseconds;
      return {
        tally: {
          outputs: [...classify!.classes],
          score: classify!.scores[0],
          width,
          height,
          inputHeight,
          inputWidth,
        },
        milliseconds: { "read + decode": read, resize, infer, post },
      };
    },
    close: () => model.close(),
  };
});
