/**
 * Images whose class is known, as a set that `evaluate` takes.
 *
 * @module
 */
import { relative } from "node:path";
import { usageError } from "../../core/errors.ts";
import {
  type EvaluationSet,
  type FindOptions,
  type SetImage,
  type SetPart,
  takePart,
} from "../evaluation_set.ts";
import type { AccuracyMetric, RankedClasses } from "./accuracy_metric.ts";
import { type ImageClass, mapOutputs, readClassTable } from "./class_table.ts";
import { scorePredictions } from "./prediction_file.ts";
import { type ImageSample, readImageSamples } from "./samples.ts";

/** An image and its class. */
export interface ImagenetImage extends SetImage, ImageSample {
  readonly image: string;
}

/** Where the data set is, and which part of it is scored. */
export interface ImagenetSetOptions extends SetPart {
  /** A file of labels; without it the images' folders are their classes. See {@linkcode readImageSamples}. */
  readonly labels?: string;
  /** The classes in the order of their index, or the file of a table of them. */
  readonly classes?: readonly ImageClass[] | string;
  /** Whether index 0 in files of predictions is a background class, as in TensorFlow's networks. @default {false} */
  readonly background?: boolean;
}

/** What {@linkcode ImagenetSet.addPredictions} tells its caller. */
export interface AddOptions extends FindOptions {
  /** Called for each image after it was added. */
  readonly onImage?: (image: ImagenetImage, prediction: RankedClasses) => void;
}

/** Images and their classes, for `evaluate`. */
export interface ImagenetSet extends EvaluationSet<ImagenetImage, RankedClasses, AccuracyMetric> {
  /** The classes in the order of their index; `undefined` if only their number is known. */
  readonly classes: readonly ImageClass[] | undefined;
  /** The number of classes. */
  readonly classCount: number;
  /** Images in the folder that have no label; they are not scored. */
  readonly unlabelled: readonly string[];
  /** How labels were turned into indices if that was not stated. */
  readonly assumed: string | null;
  /**
   * Adds predictions that are lines of JSON, as `bneck classify --jsonl` prints them.
   *
   * @throws {BneckError} The file cannot be read, or images have no prediction or two.
   */
  addPredictions(path: string, metric: AccuracyMetric, options?: AddOptions): Promise<void>;
}

/** What the tally module is told. */
export interface ImagenetTallySettings {
  /** The class of each output of the model. */
  readonly classOf: readonly number[];
}

/** The number of ImageNet's classes, which indices in a file of labels are taken to be of. */
const IMAGENET_CLASSES = 1000;

/**
 * The images of a folder and their classes.
 *
 * @throws {BneckError} The folder, labels or classes cannot be read, or a label is not that of a class.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AccuracyMetric } from "./accuracy_metric.ts";
 * import { imagenetSet } from "./imagenet_set.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/a.jpg`, "");
 * await Deno.writeTextFile(`${folder}/labels.csv`, "a.jpg,7");
 * await Deno.writeTextFile(`${folder}/found.jsonl`, '{"file": "a.jpg", "top": [1, 2, 7, 4, 5]}');
 * const set = await imagenetSet(folder, { labels: `${folder}/labels.csv` });
 * const metric = new AccuracyMetric(set.classCount);
 * await set.addPredictions(`${folder}/found.jsonl`, metric);
 * assert.deepEqual([metric.result().top1, metric.result().top5], [0, 1]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function imagenetSet(
  folder: string,
  { labels, classes: given, background = false, ...part }: ImagenetSetOptions = {},
): Promise<ImagenetSet> {
  const classes = typeof given === "string" ? await readClassTable(given) : given;
  const { samples, ...found } = await readImageSamples({ images: folder, labels, classes });
  const all = samples.map((sample): ImagenetImage => ({ ...sample, name: sample.image }));
  const classCount = classes?.length ?? inferClassCount(samples, labels !== undefined);
  refuseUnknownClasses(samples, classCount);
  const images = takePart(all, part);
  return {
    ...found,
    task: "classify",
    images,
    total: all.length,
    names: all.map(({ image, index }) => `${relative(folder, image)} ${index}`),
    tallyModule: new URL("./tally.ts", import.meta.url).href,
    imageFolder: folder,
    classes,
    classCount,
    matchModel(model) {
      const settings: ImagenetTallySettings = { classOf: mapOutputs(model.classes, classes).classOf };
      return { settings, prediction: { classify: { top: 5 } } };
    },
    addPredictions(path, metric, { onImage } = {}) {
      return scorePredictions(
        path,
        { samples: images, all, offset: background ? 1 : 0 },
        (image, prediction) => {
          metric.addTally(prediction);
          onImage?.(image, prediction);
        },
      );
    },
  };
}

/** Without a table, classes in folders are as many as these; indices in a file are ImageNet's. */
function inferClassCount(samples: readonly ImageSample[], inFile: boolean): number {
  const largest = samples.reduce((max, { index }) => Math.max(max, index), 0);
  return inFile ? Math.max(IMAGENET_CLASSES, largest + 1) : largest + 1;
}

/** @throws {BneckError} (usage) A label is not that of a class. */
function refuseUnknownClasses(samples: readonly ImageSample[], classes: number): void {
  const unknown = samples.find(({ index }) => index >= classes);
  if (unknown === undefined) return;
  throw usageError(
    `${unknown.image} is labelled as class ${unknown.index}, but the ${classes} classes are 0 to ${
      classes - 1
    }`,
  );
}
