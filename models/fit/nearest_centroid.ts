/** The simplest classifier there is, to compare a learned one with. */
import type { FitData } from "./data.ts";
import { readFeatures } from "./feature_file.ts";
import type { FeaturePaths } from "./features.ts";
import type { PlannedSample } from "./plan.ts";

/**
 * The share of images for validation whose features are nearest to the mean of their own class, on the first variant of
 * each image. Channels are divided by their deviation first.
 *
 * @param feature the name of pooled features, `[C, 1, 1]`.
 */
export function nearestCentroid(
  data: FitData,
  paths: FeaturePaths,
  samples: readonly PlannedSample[],
  feature: string,
): number {
  const known = samples.flatMap(({ image, variant }, i) =>
    variant === 0
      ? [{
        features: readFeatures(paths.sample(i)).features.get(feature)!.data,
        truth: Number(data.train[image].truth),
      }]
      : []
  );
  const channels = known[0].features.length;
  const deviations = deviationsOf(known.map(({ features }) => features), channels);
  const centroids = data.classes.map(() => new Float64Array(channels));
  const counts = new Float64Array(data.classes.length);
  for (const { features, truth } of known) {
    counts[truth]++;
    for (let c = 0; c < channels; c++) centroids[truth][c] += features[c];
  }
  centroids.forEach((centroid, k) =>
    centroid.forEach((sum, c) => centroid[c] = sum / Math.max(1, counts[k]))
  );
  let right = 0;
  data.val.forEach(({ truth }, i) => {
    const { data: features } = readFeatures(paths.validation(i)).features.get(feature)!;
    let [nearest, least] = [-1, Infinity];
    centroids.forEach((centroid, k) => {
      if (counts[k] === 0) return;
      let distance = 0;
      for (let c = 0; c < channels; c++) distance += ((features[c] - centroid[c]) / deviations[c]) ** 2;
      if (distance < least) [nearest, least] = [k, distance];
    });
    if (nearest === truth) right++;
  });
  return right / data.val.length;
}

function deviationsOf(all: readonly Float16Array[], channels: number): Float64Array {
  return Float64Array.from({ length: channels }, (_, c) => {
    const mean = all.reduce((sum, features) => sum + features[c], 0) / all.length;
    const variance = all.reduce((sum, features) => sum + (features[c] - mean) ** 2, 0) / all.length;
    return Math.max(1e-3, Math.sqrt(variance));
  });
}
