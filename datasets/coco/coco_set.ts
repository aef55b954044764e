/**
 * COCO as a set that `evaluate` takes.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { EvaluationSet, SetImage, SetPart } from "../evaluation_set.ts";
import { type Annotations, type CocoImage, readAnnotations, type ReadOptions } from "./files/annotations.ts";
import { mapCategories } from "./categories.ts";
import type { CocoMetric, ImageDetections } from "./coco_metric.ts";
import { readDetections } from "./files/detections.ts";
import type { CocoId } from "./ids.ts";
import { ImageFolder, refuseSharedFiles } from "./image_files.ts";
import { readImageList, selectImages } from "./image_selection.ts";
import type { JsonInput } from "./json/json_file.ts";

/** The minimum score that detectors are commonly evaluated with: weaker detections hardly change AP. */
const MIN_SCORE = 0.001;

/** The detections of an image at least, as COCO's largest limit has it. */
const MIN_DETECTIONS = 100;

/** An image of the annotations and its file. */
export interface CocoSetImage extends SetImage, CocoImage {}

/** What is evaluated, and how files are read. */
export interface CocoSetOptions extends ReadOptions, SetPart {
  /** A file that lists the images, one id or file name per line; all images if left out. */
  readonly imagesSubset?: string;
  /** Whether to leave out images that are not in the folder. @default {false} */
  readonly skipMissing?: boolean;
}

/** The images of an annotation file, for `evaluate`. */
export interface CocoSet extends EvaluationSet<CocoSetImage, ImageDetections, CocoMetric> {
  readonly annotations: Annotations;
  /** The ids of the images of all shards, for {@linkcode CocoParams.imageIds}; `undefined` for all of the annotations. */
  readonly imageIds: readonly CocoId[] | undefined;
  /**
   * Adds the detections of a results file to the metric.
   *
   * @throws {BneckError} (usage) The file cannot be read, or images were added before.
   */
  addPredictions(results: JsonInput, metric: CocoMetric): Promise<void>;
}

/** What the tally module is told. */
export interface CocoTallySettings {
  /** Ids of categories by class of the model; `undefined` for classes that are not scored. */
  readonly categoryIds: readonly (CocoId | undefined)[];
  /** Whether masks are compared. */
  readonly masks: boolean;
}

/**
 * The images of an annotation file.
 *
 * @param annotations a file, or annotations that were read before
 * @param folder the folder of the images, to run a model over them
 * @throws {BneckError} (usage) The annotations or the folder cannot be read, or no image is left.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CocoMetric } from "./coco_metric.ts";
 * import { cocoSet } from "./coco_set.ts";
 * const json = (value: unknown) => ({ name: "example.json", bytes: new TextEncoder().encode(JSON.stringify(value)) });
 * const set = await cocoSet(json({
 *   images: [{ id: 7 }],
 *   annotations: [{ id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], area: 1200, iscrowd: 0 }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const metric = new CocoMetric(set.annotations);
 * await set.addPredictions(json([{ image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], score: 0.9 }]), metric);
 * assert.ok(metric.result().images === 1);
 * ```
 */
export async function cocoSet(
  annotations: JsonInput | Annotations,
  folder?: string,
  { masks, keypoints, lvis, honorIgnore, pycocotoolsCompat, imagesSubset, skipMissing = false, ...part }:
    CocoSetOptions = {},
): Promise<CocoSet> {
  const reading = { masks, keypoints, lvis, honorIgnore, pycocotoolsCompat };
  const truth = isRead(annotations) ? annotations : readAnnotations(annotations, reading);
  const files = folder === undefined ? undefined : new ImageFolder(folder);
  const listed = imagesSubset === undefined ? undefined : await readImageList(truth, imagesSubset);
  const isThere = (image: CocoImage) => !skipMissing || files?.find(image) !== undefined;
  const { evaluated, here } = selectImages(truth, { listed, ...part }, isThere);
  const images = here.map((image): CocoSetImage => ({
    ...image,
    name: image.fileName || `image ${image.id}`,
    image: files?.find(image) ?? null,
  }));
  refuseSharedFiles(images);
  return {
    task: "detect",
    annotations: truth,
    imageIds: evaluated?.map(({ id }) => id),
    images,
    total: evaluated?.length ?? truth.images.length,
    tallyModule: new URL("./tally.ts", import.meta.url).href,
    imageFolder: folder ?? "",
    matchModel(model, { params }) {
      refuseMissing(images, folder);
      const { categoryIds } = mapCategories(model, truth);
      const settings: CocoTallySettings = { categoryIds, masks: params.iouType === "segm" };
      const max = Math.max(MIN_DETECTIONS, ...params.maxDetections);
      return { settings, prediction: { detect: { score: MIN_SCORE, max } } };
    },
    addPredictions(results, metric) {
      const add = () =>
        metric.addDetections(readDetections(results, truth, reading), images.map(({ id }) => id));
      return Promise.try(add);
    },
  };
}

function isRead(annotations: JsonInput | Annotations): annotations is Annotations {
  return typeof annotations !== "string" && "images" in annotations;
}

/** @throws {BneckError} (usage) Images have no file; the first is named. */
function refuseMissing(images: readonly CocoSetImage[], folder: string | undefined): void {
  if (folder === undefined) throw usageError("a model cannot be run: no folder of images was given");
  const missing = images.filter(({ image }) => image === null);
  if (missing.length === 0) return;
  const [{ fileName, id }] = missing;
  throw usageError(
    `${missing.length} of ${images.length} images are not in ${folder}, so nothing was run; the first is ` +
      (fileName || `that of id ${id}`),
    undefined,
    { option: "skipMissing", advice: "leave them out" },
  );
}
