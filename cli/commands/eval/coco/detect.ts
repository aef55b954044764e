/** Running a detector over the images of an evaluation. */
import { usageError } from "../../../../core/errors.ts";
import { ImageNotes } from "../../../../core/images/notes.ts";
import {
  type Annotations,
  type CocoMetric,
  type CocoSet,
  mapCategories,
} from "../../../../datasets/coco/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import { evaluate, type EvaluationDigests } from "../../../../models/evaluation/mod.ts";
import { DEFAULT_TIMEOUT } from "../../../../models/pipeline/job.ts";
import { formatMilliseconds, plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { wordedForUsers } from "../../../failures.ts";
import type { StageTimer } from "../../../timings/mod.ts";
import { runOptions } from "../run_options.ts";
import { DEFAULT_MODEL } from "../../predict/flags.ts";
import { chooseModel, describeReduced } from "../chosen_model.ts";
import type { CocoFlags } from "./flags.ts";

export { networkOf } from "../chosen_model.ts";

/** A detector, and what the user should know about its classes, a sentence each. */
export interface Detector {
  readonly entry: RunnableModel;
  readonly warnings: readonly string[];
}

/**
 * The detector that `--model` or `--weights` names.
 *
 * @throws {BneckError} There is no such model, it cannot detect, finds no masks where they are compared, or has none of the
 * categories.
 */
export async function chooseDetector(
  context: Context,
  flags: CocoFlags,
  truth: Annotations,
): Promise<Detector> {
  const entry = (await chooseModel(context, flags, "detect", DEFAULT_MODEL))!;
  const { name, labels, hasMasks } = entry;
  if (flags.iouType === "segm" && !hasMasks) {
    throw usageError(
      `--iou-type segm needs masks, and ${name} finds boxes; give a model with masks or --detections`,
    );
  }
  return { entry, warnings: mapCategories({ name, classes: labels.detect! }, truth).warnings };
}

/** What came of it. */
export interface DetectionRun {
  /** Images that could not be read; nothing was found in them. */
  readonly failed: number;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
  /** For a report. */
  readonly digests: EvaluationDigests | undefined;
}

/** Runs the detector over the set and adds each image to the metric; unreadable images are reported. */
export async function detect(
  context: Context,
  detector: Detector,
  set: CocoSet,
  metric: CocoMetric,
  flags: CocoFlags,
  timer: StageTimer | undefined,
): Promise<DetectionRun> {
  for (const warning of detector.warnings) context.log.warn(warning);
  const start = performance.now();
  const resized: string[] = [];
  let failed = 0;
  const notes = new ImageNotes();
  const progress = context.progress({ total: set.images.length, unit: "images", label: "detecting" });
  const { reduced, digests } = await evaluate(detector.entry, set, metric, {
    ...runOptions(flags, context, timer),
    timeout: DEFAULT_TIMEOUT,
    onNotes: ({ image }, found) => notes.add(image!, found),
    onImage({ image: path, width, height }, _detections, found) {
      timer?.see(found!);
      if (width > 0 && (width !== found!.width || height !== found!.height)) {
        resized.push(
          `${path} is ${found!.width}×${found!.height}, its annotations are of ${width}×${height}`,
        );
      }
      progress.add(1, path!);
    },
    onFailure({ id, image: path }, error) {
      failed++;
      context.log.error(wordedForUsers(error));
      metric.add({ imageId: id, detections: [] });
      progress.add(1, path!);
    },
  }).finally(() => progress.stop());
  const warnings: string[] = notes.lines();
  if (failed > 0) {
    warnings.push(`${plural(failed, "image")} could not be read: the objects in them count as missed`);
  }
  if (resized.length > 0) {
    warnings.push(`${plural(resized.length, "image")} of another size than annotated: ${resized[0]}`);
  }
  const milliseconds = performance.now() - start;
  const rate = set.images.length === 0
    ? ""
    : ` (${(set.images.length / milliseconds * 1000).toFixed(1)} images/s)`;
  context.log.info(
    `${metric.detections().length} detections in ${plural(set.images.length, "image")} in ` +
      formatMilliseconds(milliseconds) + [rate, ...describeReduced(reduced)].join("; "),
  );
  return { failed, warnings, digests };
}
