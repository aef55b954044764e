/**
 * The tally module of ImageNet: turns the outputs of a classifier into classes of the data set.
 *
 * @module
 */
import type { ImageTally, ModelRanking } from "../evaluation_set.ts";
import type { RankedClasses } from "./accuracy_metric.ts";
import type { ImagenetImage, ImagenetTallySettings } from "./imagenet_set.ts";

/** What is predicted of an image. */
type Prediction = Omit<RankedClasses, "truth">;

/** See {@linkcode CreateTally}. */
export function createTally(
  { classOf }: ImagenetTallySettings,
): ImageTally<ImagenetImage, Prediction, null, RankedClasses> {
  return {
    readTruth: () => Promise.resolve(null),
    fromModel(output) {
      const { classes, scores } = output as ModelRanking;
      return { ranked: Array.from(classes, (index) => classOf[index]), score: scores[0] };
    },
    tally: (prediction, _truth, { index }) => ({ ...prediction, truth: index }),
  };
}
