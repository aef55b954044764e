/**
 * Whether detections that find hardly anything would find much if they, or the annotations, were read in another way. It
 * changes no number.
 *
 * @module
 */
import type { Annotations } from "../files/annotations.ts";
import { BOX_READINGS, CORNER_READINGS, INPUT_READINGS, readBoxes } from "./box_readings.ts";
import type { CocoDetections } from "../files/detections.ts";
import { quotedId } from "../ids.ts";
import { MASK_READINGS, readMaskBoxes } from "../masks/mask_readings.ts";
import { SegmentationKind, type Segmentations } from "../masks/segmentations.ts";
import type { CocoParams } from "../params.ts";
import { findObjects, type SampledBoxes, type SampledImage, sampleImages } from "./sampled_boxes.ts";

/** Fewer objects say nothing. */
const MIN_OBJECTS = 5;

/** Who finds more than this share of the objects is read right. */
const MAX_FOUND = 0.15;

/** Another reading has to find this share, and this many times as much. */
const MIN_OTHERWISE = 0.4;
const MIN_GAIN = 4;

/** Of the pairs of a detection and the object on which it lies, so many must agree in how their classes differ. */
const MIN_AGREEING = 0.7;

/** What is probably wrong with how a file is written, and which one it is. */
export interface ReadingDoubt {
  readonly file: "annotations" | "detections";
  readonly sentence: string;
}

/** What readings are tried on. */
interface Trial {
  readonly truth: Annotations;
  readonly detections: CocoDetections;
  readonly images: readonly SampledImage[];
  readonly isPair: (object: number, detection: number) => boolean;
  /** How many objects a reading has to find. */
  readonly enough: number;
  /** How many there are, and how many are found. */
  readonly objects: number;
  readonly found: number;
}

/** Looks for another reading under which the detections find much more, or returns undefined. */
export function readingDoubt(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
): ReadingDoubt | undefined {
  if (params.iouType === "keypoints") return undefined;
  const images = sampleImages(truth, detections, params);
  const objects = images.reduce((sum, image) => sum + image.objects.length, 0);
  if (objects < MIN_OBJECTS) return undefined;
  const isPair = (object: number, detection: number) =>
    !params.useCategories || truth.category[object] === detections.category[detection];
  const found = findObjects(images, isPair).length;
  if (found > MAX_FOUND * objects) return undefined;
  const trial = {
    truth,
    detections,
    images,
    isPair,
    enough: Math.max(MIN_OTHERWISE * objects, MIN_GAIN * found),
    objects,
    found,
  };
  return classesDoubt(trial) ?? coordinatesDoubt(trial);
}

function sentence({ images, objects, found }: Trial, name: string, what: string, otherwise: number): string {
  const where = images.length === 1 ? "1 image" : `${images.length} images`;
  return `${name}: ${what}: read so, ${otherwise} of ${objects} objects in ${where} are found, and as they are ${found}`;
}

/** Detections that lie on objects of other classes, and how their ids differ. */
function classesDoubt(trial: Trial): ReadingDoubt | undefined {
  const { truth, detections, images, enough } = trial;
  const pairs = findObjects(images, () => true);
  if (pairs.length < enough) return undefined;
  const { categories } = truth;
  const known = pairs.filter(([, detection]) => detections.category[detection] >= 0);
  const shift = mostly(known, ([object, detection]) => {
    const of = categories[truth.category[object]].id, given = categories[detections.category[detection]].id;
    return typeof of === "number" && typeof given === "number" ? given - of : undefined;
  });
  // A category of the file stands where its place in the list, counted from 0 or 1, would.
  const place = mostly(known, ([object, detection]) => {
    const given = categories[detections.category[detection]].id;
    return typeof given === "number" ? given - truth.category[object] : undefined;
  });
  const [object, detection] = known[0] ?? pairs[0];
  const nameOf = (category: number) =>
    category < 0
      ? "an unknown category"
      : `${categories[category].name} (${quotedId(categories[category].id)})`;
  const what = shift !== undefined
    ? `the category_id is probably too ${shift < 0 ? "small" : "large"} by ${Math.abs(shift)}`
    : place === 0 || place === 1
    ? `the category_id is probably the place in the list of categories, counted from ${place}`
    : `the categories are probably numbered in another way, as ${
      nameOf(detections.category[detection])
    } is found ` +
      `where ${nameOf(truth.category[object])} is`;
  return { file: "detections", sentence: sentence(trial, detections.name, what, pairs.length) };
}

/** The value that most of the pairs have, if it is not 0. */
function mostly(
  pairs: readonly (readonly [number, number])[],
  valueOf: (pair: readonly [number, number]) => number | undefined,
): number | undefined {
  const times = new Map<number, number>();
  for (const pair of pairs) {
    const value = valueOf(pair);
    if (value !== undefined) times.set(value, (times.get(value) ?? 0) + 1);
  }
  for (const [value, count] of times) if (count >= MIN_AGREEING * pairs.length) return value;
  return undefined;
}

/** Boxes and masks that are written in another way. */
function coordinatesDoubt(trial: Trial): ReadingDoubt | undefined {
  const { truth, detections, images, isPair, enough } = trial;
  let best: (ReadingDoubt & { readonly found: number }) | undefined;
  for (const { file, what, read } of otherReadings(truth, detections)) {
    const key = file === "detections" ? "detections" : "objects";
    const reread = images.map((image) => ({
      ...image,
      [key]: { ...image[key], box: read(image[key], image) },
    }));
    const found = findObjects(reread, isPair).length;
    if (found < enough || found <= (best?.found ?? 0)) continue;
    const { name } = file === "detections" ? detections : truth;
    best = { file, found, sentence: sentence(trial, name, what, found) };
  }
  return best;
}

/** A way to read the boxes of annotations or detections, or those around their masks. */
interface OtherReading {
  readonly file: ReadingDoubt["file"];
  /** What is so then and what should be, for messages. */
  readonly what: string;
  readonly read: (boxes: SampledBoxes, image: SampledImage) => Float64Array;
}

function* otherReadings(truth: Annotations, detections: CocoDetections): Iterable<OtherReading> {
  for (const file of ["detections", "annotations"] as const) {
    const { segmentations } = file === "detections" ? detections : truth;
    if (segmentations) {
      yield* readingsOfMasks(segmentations).map((reading) => ({ file, ...reading }));
      continue;
    }
    for (const reading of file === "detections" ? [...BOX_READINGS, ...INPUT_READINGS] : BOX_READINGS) {
      yield {
        file,
        what:
          `the boxes are probably ${reading.what}, and have to be [x, y, width, height] in pixels of the image`,
        read: ({ box }, { width, height }) => readBoxes(reading, box, width, height),
      };
    }
  }
}

function readingsOfMasks(masks: Segmentations): Omit<OtherReading, "file">[] {
  return [
    ...CORNER_READINGS.map((reading) => ({
      what: `the corners are probably ${reading.what}, and have to be [x, y, …] in pixels of the image`,
      read: ({ rows, box }: SampledBoxes, { width, height }: SampledImage) => {
        const ofPolygons = readBoxes(reading, box, width, height);
        rows.forEach((row, i) => {
          if (masks.kind[row] !== SegmentationKind.polygons) {
            ofPolygons.set(box.subarray(4 * i, 4 * i + 4), 4 * i);
          }
        });
        return ofPolygons;
      },
    })),
    ...MASK_READINGS.map((reading) => ({
      what:
        `the run lengths probably ${reading.what}, and have to go column by column and begin with the background`,
      read: ({ rows, box }: SampledBoxes) => readMaskBoxes(reading, masks, rows, box),
    })),
  ];
}
