/** Running a detector over the images of an evaluation. */
import type { InputSize } from "../../../../models/input_size.ts";
import { usageError } from "../../../../core/errors.ts";
import {
  type Annotations,
  type CocoImage,
  DetectionList,
  type Detections,
  resultBox,
  resultScore,
} from "../../../../datasets/coco/mod.ts";
import type { Detections as FoundObjects } from "../../../../heads/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import { isUnused } from "../../../../datasets/coco/labels.ts";
import type { DetectionLabel } from "../../../../models/network.ts";
import { resolveModel } from "../../../../models/open.ts";
import { startPipeline } from "../../../../models/pipeline/mod.ts";
import { wordedForUsers } from "../../../failures.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import type { StageTimer } from "../../../timings/mod.ts";
import { DEFAULT_MODEL } from "../../predict/flags.ts";
import { scoredModel, type ScoredModelFlags } from "../flags.ts";

/** What detectors are commonly evaluated from: weaker detections hardly change AP. */
const MIN_SCORE = 0.001;

/** A detector, and the category of each of its classes. */
export interface Detector {
  readonly entry: RunnableModel;
  /** Ids in the annotation file by class; `undefined` for classes that it does not have. */
  readonly categoryIds: readonly (number | undefined)[];
  /** What the user should know about the classes, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The detector that `--model` or `--weights` names. Its classes are found in the annotation file by their names, since
 * data sets number them as they like.
 *
 * @throws {BneckError} (usage) There is no such model, it cannot detect, or has none of the file's categories.
 */
export async function chooseDetector(flags: ScoredModelFlags, truth: Annotations): Promise<Detector> {
  const entry = await resolveModel(scoredModel(flags, DEFAULT_MODEL));
  const labels = entry.labels.detect;
  if (labels === undefined) {
    throw usageError(`${entry.name} cannot detect; it can ${entry.tasks.join(" and ")}`);
  }
  const categoryIds = labels.map((label) => categoryOf(label, truth));
  const known = new Set(categoryIds);
  known.delete(undefined);
  if (known.size === 0) {
    throw usageError(
      `${entry.name} cannot be scored: ${truth.name} has none of its ${labels.length} classes`,
    );
  }
  const warnings: string[] = [...entry.warnings ?? []];
  const without = labels
    .filter((label, index) => categoryIds[index] === undefined && !isUnused(label))
    .map(({ name }) => name);
  if (without.length > 0) {
    warnings.push(`${truth.name} has no category for ${list(without)}; these are not scored`);
  }
  const missing = truth.categories.filter(({ id }) => !known.has(id)).map(({ name }) => name);
  if (missing.length > 0) {
    warnings.push(`${entry.name} does not know ${list(missing)}; their objects count as missed`);
  }
  return { entry, categoryIds, warnings };
}

function categoryOf({ name, categoryId }: DetectionLabel, { categories }: Annotations): number | undefined {
  const alike = (other: string) => other.trim().toLowerCase() === name.toLowerCase();
  // A category without a name is called by its id.
  const unnamed = (id: number, other: string) => id === categoryId && other === String(id);
  return categories.find((category) => alike(category.name) || unnamed(category.id, category.name))?.id;
}

function list(names: readonly string[]): string {
  return names.length <= 6
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}

/** What to run over. */
export interface DetectorRun {
  readonly images: readonly CocoImage[];
  /** The file of each image. */
  readonly paths: readonly string[];
  readonly size?: InputSize;
  /** The most detections in an image. */
  readonly most: number;
  readonly workers?: number;
  readonly maxPixels: number;
  /** With `--timings`. */
  readonly timer?: StageTimer;
}

/** What came of it. */
export interface DetectorResult {
  readonly detections: Detections;
  /** Images that could not be read. */
  readonly failed: number;
  readonly milliseconds: number;
  /** What the user should know, one sentence each. */
  readonly warnings: readonly string[];
}

/** Runs the detector over all images, two at a time on each worker. Unreadable images are reported and skipped. */
export async function runDetector(
  context: Context,
  { entry, categoryIds }: Detector,
  truth: Annotations,
  { images, paths, size, most, workers = navigator.hardwareConcurrency, maxPixels, timer }: DetectorRun,
): Promise<DetectorResult> {
  const start = performance.now();
  const found = new DetectionList(truth, `the detections of ${entry.name}`);
  const resized: string[] = [];
  let failed = 0;
  if (images.length === 0) return { detections: found.finish(), failed, milliseconds: 0, warnings: [] };
  await using pool = await startPipeline(entry, {
    inputSize: size,
    detect: { score: MIN_SCORE, max: most },
    files: [],
    maxPixels,
    separateStages: timer !== undefined,
  }, Math.min(workers, images.length));
  timer?.begin(Math.min(workers, images.length));
  const progress = context.progress({ total: images.length, unit: "images", label: "detecting" });
  try {
    const jobs = paths.map((path) => ({ path }));
    for await (const { index, job, result, error } of pool.run(jobs, { signal: context.signal })) {
      const image = images[index];
      if (error) {
        failed++;
        context.log.error(wordedForUsers(error));
      } else {
        addFound(found, image.id, result.detect!, categoryIds);
        const { width, height } = result;
        timer?.add(result.milliseconds);
        timer?.see(result);
        if (image.width > 0 && (image.width !== width || image.height !== height)) {
          resized.push(
            `${job.path} is ${width}×${height}, its annotations are of ${image.width}×${image.height}`,
          );
        }
      }
      progress.add(1, job.path);
    }
  } finally {
    progress.stop();
  }
  context.signal.throwIfAborted();
  const warnings: string[] = [];
  if (failed > 0) {
    warnings.push(`${plural(failed, "image")} could not be read: the objects in them count as missed`);
  }
  if (resized.length > 0) {
    warnings.push(`${plural(resized.length, "image")} of another size than annotated: ${resized[0]}`);
  }
  return { detections: found.finish(), failed, milliseconds: performance.now() - start, warnings };
}

/** Adds the objects of an image as `bneck detect --save coco` writes them. */
function addFound(
  list: DetectionList,
  imageId: number,
  { count, boxes, scores, classes }: FoundObjects,
  categoryIds: readonly (number | undefined)[],
): void {
  for (let row = 0; row < count; row++) {
    const categoryId = categoryIds[classes[row]];
    if (categoryId === undefined) continue;
    const box = resultBox(boxes.subarray(row * 4, row * 4 + 4));
    list.add({ imageId, categoryId, box, score: resultScore(scores[row]) });
  }
}
