/** The card of a network that was trained. */
import type { FitPlan } from "./fit.ts";
import type { FitCard } from "./fitted_file.ts";
import { nearestCentroid } from "./nearest_centroid.ts";
import { geometryOf } from "./network.ts";
import type { Trained } from "./train.ts";

/**
 * What a fitted file says of itself: what it was trained on, how, and how well it does. A classifier is compared with the
 * nearest mean of a class, for which the features must still be on the disk.
 *
 * @param sources folders, as they were given
 * @param command the command line that makes the file again
 */
export function fitCard(
  { data, recipe, samples, paths, network }: FitPlan,
  { validation }: Trained,
  { sources, command }: { readonly sources: readonly string[]; readonly command?: string },
): FitCard {
  const pooled = Object.entries(network.shapes).find(([, shape]) => shape[1] * shape[2] === 1);
  return {
    geometry: geometryOf(recipe, data.classes.length),
    recipe,
    command,
    data: { train: data.train.length, val: data.val.length, samples: samples.length, sources },
    figures: {
      metric: recipe.task === "segment" ? "mIoU" : "top-1 accuracy",
      value: validation.metric,
      pixelAccuracy: validation.pixelAccuracy,
      perClass: Object.fromEntries(data.classes.map(({ name }, i) => [name, validation.perClass[i]])),
      ...(recipe.task === "classify" && pooled
        ? { baseline: nearestCentroid(data, paths, samples, pooled[0]) }
        : {}),
    },
    date: new Date().toISOString().slice(0, 10),
  };
}
