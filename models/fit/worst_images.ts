/** The images for validation that went worst, drawn. */
import { type LabelMap, readImage, type RgbImage } from "../../core/images/mod.ts";
import { labelsOf } from "../../heads/mod.ts";
import { Model } from "../model.ts";
import type { FitData } from "./data.ts";
import { fittedModel, readFitted } from "./fitted_file.ts";
import { classesOfMask, readMask } from "./masks.ts";

/** One image with what it shows and what was found. */
export interface WorstImage {
  readonly name: string;
  /** Its mIoU; of classifiers, 0. */
  readonly score: number;
  readonly image: RgbImage;
  /** Classes by pixel, 255 ignored; of classifiers, none. */
  readonly truth?: LabelMap;
  readonly prediction?: LabelMap;
  /** Of classifiers: names of the classes. */
  readonly taken?: { readonly truth: string; readonly prediction: string };
}

/** Runs a fitted file on the images with the lowest scores. */
export async function worstImages(
  file: string,
  data: FitData,
  perImage: readonly number[],
  count: number,
): Promise<WorstImage[]> {
  const order = perImage.map((score, at) => ({ score, at })).toSorted((a, b) =>
    a.score - b.score || a.at - b.at
  );
  const chosen = order.slice(0, count).filter(({ score }) => data.list !== undefined || score === 0);
  const model = await Model.open(fittedModel(await readFitted(file)));
  const worst: WorstImage[] = [];
  try {
    for (const { score, at } of chosen) {
      const { name, image: path, truth } = data.val[at];
      const image = await readImage(path);
      const { segment, classify } = await model.predict(image);
      if (segment) {
        const mask = classesOfMask(
          await readMask(data.val[at]),
          data.classOfValue,
          String(truth),
          image,
        );
        worst.push({ name, score, image, truth: mask, prediction: labelsOf(segment) });
      } else {
        const [best] = classify!.classes;
        const taken = { truth: data.classes[Number(truth)].name, prediction: data.classes[best].name };
        worst.push({ name, score, image, taken });
      }
    }
  } finally {
    await model.close();
  }
  return worst;
}
