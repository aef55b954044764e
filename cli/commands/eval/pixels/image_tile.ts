import type { PairScore } from "../../../../datasets/segmentation/mod.ts";
import type { ImageDrawing } from "../../../../models/evaluation/mod.ts";
import { dataUri, type Tile } from "../../../report/mod.ts";
import { formatScore } from "./class_table.ts";

/** What a report shows of one image: photo, truth, prediction and errors. */
export function imageTile(
  title: string,
  { meanIou, pixelAccuracy }: PairScore,
  { photo, truth, prediction, errors }: ImageDrawing,
): Tile {
  return {
    title,
    note: `mean IoU of its classes ${formatScore(meanIou)}, pixels right ${formatScore(pixelAccuracy)}`,
    pictures: [
      ...(photo === null ? [] : [{ uri: dataUri(photo, "image/jpeg"), caption: "photo" }]),
      { uri: dataUri(truth, "image/png"), caption: "truth" },
      { uri: dataUri(prediction, "image/png"), caption: "prediction" },
      { uri: dataUri(errors, "image/jpeg"), caption: "wrong in red, not scored nearly black" },
    ],
  };
}
