/** The worker threads that draw small pictures of images for reports: photo, truth, prediction, errors. */
import { type LabelMap, readImage, readLabelMap, type RgbImage } from "../../../../core/images/mod.ts";
import { serveWorker } from "../../../../core/workers/mod.ts";
import { cityscapesIndex } from "../../../../datasets/cityscapes/prediction_ids.ts";
import { indexOf } from "../../../../datasets/segmentation/evaluate.ts";
import type { LabelIndex } from "../../../../datasets/segmentation/mod.ts";
import { labelsUri, photoUri, shrinkImage, shrinkLabels } from "../../../report/mod.ts";
import type { PictureReport, PictureSettings, PixelFiles, PixelScoring } from "./job.ts";
import { Predictor } from "./predictor.ts";

serveWorker<PictureSettings, PixelFiles, PictureReport>(async (settings) => {
  const { model, scoring, palette, side, maxPixels } = settings;
  const predictor = model && await Predictor.open(model);
  const index = scoringIndex(scoring);
  const ignored = new Set(settings.ignored);
  return {
    async run({ image: imagePath, truth: truthPath, prediction: predictionPath }) {
      const [image, trueValues] = await Promise.all([
        imagePath === null ? null : readImage(imagePath, { maxPixels }),
        readLabelMap(truthPath, { maxPixels }),
      ]);
      const values = predictor && image
        ? (await predictor.predict(image)).labels
        : await readLabelMap(predictionPath!, { maxPixels });
      const photo = image && await shrinkImage(image, side);
      const truth = places(shrinkLabels(trueValues, side), index.truth.placeOf);
      const prediction = places(shrinkLabels(values, side), index.prediction.placeOf);
      return {
        photo: photo && await photoUri(photo),
        truth: await labelsUri(truth, palette),
        prediction: await labelsUri(prediction, palette),
        errors: await photoUri(errorMap(photo, prediction, truth, ignored)),
      };
    },
    close: () => predictor?.close(),
  };
});

function scoringIndex(scoring: PixelScoring): LabelIndex {
  return scoring.benchmark === "cityscapes"
    ? cityscapesIndex(scoring.options.predictionIds)
    : indexOf(scoring.options);
}

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
