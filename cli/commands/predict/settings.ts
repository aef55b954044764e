/** From the flags of a command to the settings of the workers. */
import { usageError } from "../../../core/errors.ts";
import { importLater } from "../../../core/import_later.ts";
import { contrastPalette } from "../../../core/images/contrast_palette.ts";
import { findClass } from "../../../datasets/class_names.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { type Task, TASKS } from "../../../models/network.ts";
import {
  boxColors,
  CLASSIFY_FILES,
  DETECT_FILES,
  type FileKind,
  MAPPED_FILES,
  MASK_FILES,
  type PipelineSettings,
  SEGMENT_FILES,
  type SegmentSettings,
} from "../../../models/pipeline/mod.ts";
import type { Context } from "../../context.ts";
import { checkNames } from "../../flags/mod.ts";
import type { PredictFlags, Save, TaskFlags } from "./flags.ts";

/** The files that each task can leave for an image. */
const FILES: Readonly<Record<Task, readonly FileKind[]>> = {
  detect: DETECT_FILES,
  segment: SEGMENT_FILES,
  classify: CLASSIFY_FILES,
};

/** The longer side of a small image of a report in pixels. */
const THUMBNAIL_SIDE = 320;

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
export async function pipelineSettings(
  context: Context,
  model: RunnableModel,
  flags: PredictFlags & { readonly save: readonly Save[] },
  perTask: TaskFlags,
): Promise<PipelineSettings> {
  const { detect, segment, classify } = perTask;
  const tasks = tasksOf(perTask);
  const { classes: wanted, out, save } = flags;
  if (wanted) {
    const known = tasks.flatMap((task) => model.labels[task]!.map(({ name }) => ({ name })));
    const unknown = wanted.filter((name) => findClass(name, known) < 0);
    checkNames("--classes", unknown, known.map(({ name }) => name));
  }
  // Each head by the name that it has for the class.
  const indices = (task: Task) =>
    wanted &&
    new Set(wanted.map((name) => findClass(name, model.labels[task]!)).filter((index) => index >= 0));
  const hasMasks = detect !== undefined && (segment !== undefined || model.hasMasks === true);
  refuseMaskFiles(model, perTask, save);
  const files = filesToWrite(flags, tasks);
  const palette = segment?.palette === "contrast"
    ? contrastPalette(model.labels.segment!.map(({ name }) => name))
    : undefined;
  const inCoco = out !== undefined && (save.includes("coco") || save.includes("dataset"));
  checkCocoFlags(perTask, inCoco, save);
  const form = segment?.masks ?? "rle";
  return {
    detect: detect && { score: detect.score, max: detect.max, iou: detect.iou, classes: indices("detect") },
    segment: segment && {
      opacity: segment.opacity,
      legend: segment.legend ?? "strip",
      colorLegend: segment.legend ?? "none",
      plainIds: segment.ids === "plain",
      palette,
      tta: segment.tta,
      shownClasses: indices("segment"),
      idTables: await idTables(context, model, files),
    },
    classify: classify && { top: classify.top },
    inputSize: flags.size,
    files,
    existing: flags.skipExisting ? "keep" : flags.overwrite ? "replace" : undefined,
    yoloScores: detect?.yoloScores,
    boxColors: detect && boxColors(model.labels, palette),
    gallery: flags.report !== undefined || flags.show ? { side: THUMBNAIL_SIDE } : undefined,
    masks: hasMasks && inCoco ? form : undefined,
    regions: segment && !detect && inCoco ? { form, wholeClasses: segment.regions === "classes" } : undefined,
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

/** @throws {BneckError} (usage) Flags of COCO files are given, and no such file is saved. */
function checkCocoFlags({ detect, segment }: TaskFlags, inCoco: boolean, save: readonly Save[]): void {
  if ((detect ?? segment)?.annotations !== undefined && !save.includes("coco")) {
    throw usageError("--annotations is for --save coco, whose image and category ids it gives");
  }
  if (segment?.masks !== undefined && !inCoco) {
    throw usageError("--masks is the form of masks in --save coco and --save dataset");
  }
  if (segment?.regions !== undefined && (!inCoco || detect)) {
    throw usageError(
      "--regions is for --save coco and --save dataset of pixels alone, as segment writes them",
    );
  }
}

/** Those of `announcedIdTables`, whose data sets are loaded only if files need them. */
async function idTables(
  context: Context,
  model: RunnableModel,
  files: readonly FileKind[],
): Promise<SegmentSettings["idTables"]> {
  if (!MAPPED_FILES.some((kind) => files.includes(kind))) return undefined;
  const { announcedIdTables } = await importLater<typeof import("./street_ids.ts")>(
    import.meta.resolve("./street_ids.ts"),
  );
  return announcedIdTables(context, model, files);
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
