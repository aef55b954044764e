/** The worker threads of `bneck eval imagenet`: each has the classifier and ranks the classes of whole images. */
import { readImage } from "../../../../core/images/mod.ts";
import { serveWorker } from "../../../../core/workers/mod.ts";
import type { ImageSample } from "../../../../datasets/imagenet/mod.ts";
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
  readonly inputHeight: number;
  readonly inputWidth: number;
}

serveWorker<ClassifySettings, ImageSample, RankedOutputs>(async ({ model: request, inputSize }) => {
  const model = await Model.open(await resolveModel(request), { tasks: ["classify"], inputSize });
  return {
    async run({ image }) {
      const { classify, inputHeight, inputWidth } = await model.predict(await readImage(image), {
        classify: { top: 5 },
      });
      return { outputs: [...classify!.classes], score: classify!.scores[0], inputHeight, inputWidth };
    },
    close: () => model.close(),
  };
}, { concurrency: 2 });
