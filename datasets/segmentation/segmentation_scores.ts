/**
 * The usual scores of semantic segmentation, from a confusion matrix.
 *
 * @module
 */

/** How one class fared. */
export interface ClassScore {
  readonly id: number;
  readonly name: string;
  /** Intersection over union; `null` if the class occurs in neither ground truth nor predictions. */
  readonly iou: number | null;
  /** The share of its ground truth pixels that were found (recall); `null` without ground truth. */
  readonly accuracy: number | null;
  /** The share of pixels given this class that are right, ignored ones left out; `null` if never given. */
  readonly precision: number | null;
  /** Ground truth pixels. */
  readonly pixels: number;
}

/** The two figures that images are compared by. */
export interface PairScore {
  /** The mean of the classes' IoU, those with `null` left out. */
  readonly meanIou: number | null;
  readonly pixelAccuracy: number | null;
}

/** Scores over all pixels whose ground truth is not ignored; `null` where there is nothing to score. */
export interface SegmentationScores extends PairScore {
  /** The mean of the classes' accuracy, those with `null` left out. */
  readonly meanAccuracy: number | null;
  /** The classes' IoU weighted with their share of the ground truth. */
  readonly frequencyWeightedIou: number | null;
  /** Pixels scored, and pixels whose ground truth is ignored. */
  readonly pixels: number;
  readonly ignoredPixels: number;
  readonly classes: readonly ClassScore[];
}

/**
 * Scores `counts`, `[classes + 1, classes + 1]` with the ignored place last. The four figures are those of
 * J. Long et al., "Fully Convolutional Networks for Semantic Segmentation" (2015), section 5. A pixel that
 * has a class but was predicted as ignored is a miss of its class.
 */
export function segmentationScores(
  counts: ArrayLike<number>,
  classes: readonly { readonly id: number; readonly name: string }[],
): SegmentationScores {
  const size = classes.length + 1;
  const truth = new Float64Array(size);
  const predicted = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const count = counts[row * size + column];
      truth[row] += count;
      if (row < classes.length) predicted[column] += count;
    }
  }
  const scores = classes.map(({ id, name }, k) => {
    const correct = counts[k * size + k];
    return {
      id,
      name,
      iou: ratio(correct, truth[k] + predicted[k] - correct),
      accuracy: ratio(correct, truth[k]),
      precision: ratio(correct, predicted[k]),
      pixels: truth[k],
    };
  });
  const pixels = sum(scores.map((score) => score.pixels));
  return {
    meanIou: mean(scores.map(({ iou }) => iou)),
    pixelAccuracy: ratio(sum(classes.map((_, k) => counts[k * size + k])), pixels),
    meanAccuracy: mean(scores.map(({ accuracy }) => accuracy)),
    frequencyWeightedIou: ratio(sum(scores.map(({ iou, pixels }) => pixels * (iou ?? 0))), pixels),
    pixels,
    ignoredPixels: truth[classes.length],
    classes: scores,
  };
}

/** A class that ground truth seems to hold under an ignored id. */
export interface HiddenClass {
  readonly name: string;
  /** The share of the pixels predicted as it whose ground truth is ignored. */
  readonly ignoredShare: number;
}

/**
 * Classes without a pixel of ground truth, most of whose predicted pixels are on ignored ground truth: their id is likely
 * among the ignored ones, as where masks hold 0 and 255, and 255 is ignored.
 *
 * @param counts as of {@linkcode segmentationScores}
 */
export function hiddenClasses(
  counts: ArrayLike<number>,
  classes: readonly { readonly name: string }[],
): HiddenClass[] {
  const size = classes.length + 1;
  return classes.flatMap(({ name }, k) => {
    let [truth, predicted] = [0, 0];
    for (let place = 0; place < size; place++) {
      truth += counts[k * size + place];
      predicted += counts[place * size + k];
    }
    const ignoredShare = ratio(counts[(size - 1) * size + k], predicted) ?? 0;
    return truth === 0 && ignoredShare > 0.5 ? [{ name, ignoredShare }] : [];
  });
}

/** `part / whole`, or `null` if there is no whole. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** The mean of the values that are not `null`, or `null` if all are. */
export function mean(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return ratio(sum(present), present.length);
}

/** The sum; 0 of an empty list. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
