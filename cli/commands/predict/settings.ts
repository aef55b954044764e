/** From the flags of a command to the settings of the workers. */
import { usageError } from "../../../core/errors.ts";
import { contrastPalette } from "../../../core/images/mod.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { type Task, TASKS } from "../../../models/network.ts";
import {
  CLASSIFY_FILES,
  DETECT_FILES,
  type FileKind,
  MASK_FILES,
  type PipelineSettings,
  SEGMENT_FILES,
} from "../../../models/pipeline/mod.ts";
import type { Context } from "../../context.ts";
import { checkNames } from "../../flags/mod.ts";
import { THUMBNAIL_SIDE } from "./gallery.ts";
import type { PredictFlags, Save, TaskFlags } from "./flags.ts";
import { streetIdTables } from "./street_ids.ts";

/** The files that each task can leave for an image. */
const FILES: Readonly<Record<Task, readonly FileKind[]>> = {
  detect: DETECT_FILES,
  segment: SEGMENT_FILES,
  classify: CLASSIFY_FILES,
};

/** The tasks whose flags are given. */
export function tasksOf(perTask: TaskFlags): Task[] {
  return TASKS.filter((task) => perTask[task] !== undefined);
}

/**
 * What the workers do with each image.
 *
 * @throws {BneckError} (usage) when cutouts are asked of one head, `--classes` names a class that none of the tasks has, or the model has none of
 * Cityscapes' classes, whose ids are to be saved.
 */
export function pipelineSettings(
  context: Context,
  model: RunnableModel,
  flags: PredictFlags & { readonly save: readonly Save[] },
  perTask: TaskFlags,
): PipelineSettings {
  const { detect, segment, classify } = perTask;
  const tasks = tasksOf(perTask);
  const { classes: wanted, out, save } = flags;
  if (wanted) {
    checkNames("--classes", wanted, tasks.flatMap((task) => model.labels[task]!.map(({ name }) => name)));
  }
  const indices = (task: Task) =>
    wanted && new Set(model.labels[task]!.flatMap(({ name }, index) => wanted.includes(name) ? [index] : []));
  const hasMasks = detect !== undefined && (segment !== undefined || model.hasMasks === true);
  refuseMaskFiles(model, perTask, save);
  const files = filesToWrite(flags, tasks);
  return {
    detect: detect && { score: detect.score, max: detect.max, iou: detect.iou, classes: indices("detect") },
    segment: segment && {
      opacity: segment.opacity,
      legend: segment.legend ?? "strip",
      colorLegend: segment.legend ?? "none",
      plainIds: segment.ids === "plain",
      palette: segment.palette === "contrast"
        ? contrastPalette(model.labels.segment!.map(({ name }) => name))
        : undefined,
      tta: segment.tta,
      shownClasses: indices("segment"),
      idTables: streetIdTables(context, model, files),
    },
    classify: classify && { top: classify.top },
    inputSize: flags.size,
    files,
    existing: flags.skipExisting ? "keep" : flags.overwrite ? "replace" : undefined,
    yoloScores: detect?.yoloScores,
    gallery: flags.report !== undefined || flags.show ? { side: THUMBNAIL_SIDE } : undefined,
    masks: hasMasks && out !== undefined && (save.includes("coco") || save.includes("dataset")),
    probability: segment && model.scenes !== undefined,
    maxPixels: flags.maxPixels,
    truncated: flags.truncated,
    exact: flags.exact,
    pictureSize: flags.pictureSize,
    memory: flags.memory,
    separateStages: flags.timings,
  };
}

/** @throws {BneckError} (usage) Masks are to be saved, of a model or a head that has none. */
function refuseMaskFiles(
  { name, tasks, labels, hasMasks = false, hasMatte = false }: RunnableModel,
  { detect, segment }: TaskFlags,
  save: readonly Save[],
): void {
  const isWhole = hasMatte && detect === undefined;
  const ofObjects = detect !== undefined && (segment !== undefined || hasMasks);
  if (save.includes("cutouts") && !isWhole && !ofObjects) {
    if (tasks.length > 1) {
      throw usageError("--save cutouts needs objects and the classes of pixels: run both heads");
    }
    throw usageError(
      `--save cutouts needs masks, and ${name} finds ${detect ? "boxes" : "classes of pixels"}`,
    );
  }
  if (save.includes("mask") && !hasMatte && labels.segment?.[0].name !== "background") {
    throw usageError(
      `--save mask needs a model that tells things from their background, and ${name} has none`,
    );
  }
}

/** The files of each image that `--save` asks for; none without `--out`. */
function filesToWrite(
  { out, save }: { readonly out?: string; readonly save: readonly Save[] },
  tasks: readonly Task[],
): FileKind[] {
  if (out === undefined) return [];
  const possible: readonly FileKind[] = [
    ...tasks.flatMap((task) => FILES[task]),
    ...MASK_FILES,
  ];
  return save.filter((kind): kind is FileKind => (possible as readonly Save[]).includes(kind));
}
