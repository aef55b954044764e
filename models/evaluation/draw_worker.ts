/**
 * The worker threads of `drawImages`.
 *
 * @module
 */
import {
  type DecodedImage,
  fullSize,
  type LabelMap,
  readImage,
  resizeImage,
  type RgbImage,
} from "../../core/images/mod.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { loadTally, type SetImage } from "../../datasets/evaluation_set.ts";
import type { PixelTally } from "../../datasets/segmentation/pixel_set.ts";
import type { DrawSettings, ImageDrawing } from "./draw_images.ts";
import { Predictor } from "./predictor.ts";
import { encodeLabels, encodePhoto, fitInto, shrinkImage, shrinkLabels } from "./thumbnails.ts";

serveWorker<DrawSettings, SetImage, ImageDrawing>(async ({ worker, palette, side, ...settings }) => {
  const { model, task, segment, maxPixels, truncated, exact } = worker;
  const predictor = model && await Predictor.open({ model, task, segment, maxPixels, truncated, exact });
  // As the evaluation saw it.
  const read = predictor?.read ?? ((path: string) => readImage(path, { maxPixels, truncated }));
  const tally = await loadTally(worker) as PixelTally<SetImage, unknown>;
  const ignored = new Set(settings.ignored);
  return {
    async run(image) {
      const [photo, { labels }] = await Promise.all([
        image.image === null ? null : read(image.image),
        tally.readTruth(image),
      ]);
      const predicted = predictor && photo
        ? tally.fromModel((await predictor.predict(photo)).output)
        : await tally.readPrediction(image);
      const small = photo && await smallOf(photo, side);
      const truth = places(shrinkLabels(labels, side), tally.index.truth.placeOf);
      const prediction = places(shrinkLabels(predicted, side), tally.index.prediction.placeOf);
      return {
        photo: small && await encodePhoto(small),
        truth: await encodeLabels(truth, palette),
        prediction: await encodeLabels(prediction, palette),
        errors: await encodePhoto(errorMap(small, prediction, truth, ignored)),
      };
    },
    close: () => predictor?.close(),
  };
});

/** Labels by their place in the confusion matrix. */
function places({ width, height, data: values }: LabelMap, placeOf: Uint16Array): LabelMap {
  return { width, height, data: Uint16Array.from(values, (value) => placeOf[value]) };
}

/** Wrong pixels in red over the photo in grey; what is not scored is nearly black. */
function errorMap(
  photo: RgbImage | null,
  { data: prediction }: LabelMap,
  { width, height, data: truth }: LabelMap,
  ignored: ReadonlySet<number>,
): RgbImage {
  const grey = photo !== null && photo.width === width && photo.height === height ? photo.data : null;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < truth.length; i++, at += 3) {
    const light = grey === null ? 200 : 40 + 0.7 * (grey[at] + grey[at + 1] + grey[at + 2]) / 3;
    const isIgnored = ignored.has(truth[i]);
    const isWrong = !isIgnored && prediction[i] !== truth[i];
    data[at] = isIgnored ? light * 0.25 : isWrong ? 150 + 0.4 * light : light;
    data[at + 1] = data[at + 2] = isIgnored || isWrong ? light * 0.25 : light;
  }
  return { width, height, data };
}

/** A photo at the size of its small labels, however it was decoded. */
async function smallOf(photo: DecodedImage, side: number): Promise<RgbImage> {
  if (photo.full === undefined) return await shrinkImage(photo, side);
  const { width, height } = fitInto(side, fullSize(photo));
  return resizeImage(photo, width, height, "bilinear");
}
