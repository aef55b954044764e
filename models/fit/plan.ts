/** What follows from recipe and data: weights of classes, and which samples are made of which image. */
import { randomNumbers } from "../../core/random.ts";
import { type InspectedImage, totalPixels } from "./data.ts";

/**
 * Weights of classes in the loss: (median frequency / frequency) to the power of `balance`, scaled so that the mean over
 * all pixels is 1. A class without pixels weighs nothing.
 *
 * Eigen and Fergus, "Predicting Depth, Surface Normals and Semantic Labels", ICCV 2015, §6.3.2, for `balance` 1.
 */
export function classWeights(
  images: readonly InspectedImage[],
  classes: number,
  balance: number,
): Float32Array {
  const pixels = totalPixels(images, classes);
  const all = pixels.reduce((sum, count) => sum + count, 0);
  const frequencies = [...pixels].map((count) => count / all);
  const present = frequencies.filter((frequency) => frequency > 0).toSorted((a, b) => a - b);
  // PyTorch's median: the lower of the two in the middle.
  const median = present[Math.floor((present.length - 1) / 2)];
  const raw = frequencies.map((frequency) => frequency > 0 ? (median / frequency) ** balance : 0);
  const mean = raw.reduce((sum, weight, i) => sum + weight * frequencies[i], 0);
  return Float32Array.from(raw, (weight) => weight / mean);
}

/** A class counts as shown by an image from this share of its pixels. */
const SHOWN = 0.005;
/** No image gets more than this many times its even share of samples. */
const MAX_REPEATS = 3;

/** One sample that is made. */
export interface PlannedSample {
  /** Its place among the images. */
  readonly image: number;
  readonly variant: number;
}

/**
 * The samples of a training: `variants` of each image on average, more of images that show rare classes (in proportion
 * to the square root of the rarest one's rarity), at least one of each.
 */
export function planSamples(
  images: readonly InspectedImage[],
  classes: number,
  variants: number,
): PlannedSample[] {
  const shown = new Float64Array(classes);
  const shows = images.map(({ pixels }) => {
    const all = pixels.reduce((sum, count) => sum + count, 0);
    const places = [...pixels.keys()].filter((i) => pixels[i] > 0 && pixels[i] >= SHOWN * all);
    for (const place of places) shown[place]++;
    return places;
  });
  const rarity = shows.map((places) =>
    Math.sqrt(Math.max(1, ...places.map((i) => images.length / shown[i])))
  );
  const mean = rarity.reduce((sum, value) => sum + value, 0) / images.length;
  const samples: PlannedSample[] = [];
  let owed = 0;
  images.forEach((_, image) => {
    const wanted = Math.min(MAX_REPEATS, rarity[image] / mean) * variants + owed;
    const count = Math.max(1, Math.round(wanted));
    owed = wanted - count;
    for (let variant = 0; variant < count; variant++) samples.push({ image, variant });
  });
  return samples;
}

/** The order in which samples are seen in a pass. */
export function passOrder(
  samples: number,
  seed: number,
  stage: number,
  pass: number,
): Uint32Array<ArrayBuffer> {
  const random = randomNumbers((seed * 31 + stage) * 1009 + pass + 1);
  const order = Uint32Array.from({ length: samples }, (_, i) => i);
  for (let i = samples - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
