/**
 * The code of `bneck eval coco`.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { ExitStatus, usageError } from "../../../../core/errors.ts";
import { ensureWritableFolder, fileIdentity, writeFileAtomic } from "../../../../core/files/mod.ts";
// By their files, since the start is a good part of a run of half a second: what only some runs need is loaded by them.
import {
  type Annotations,
  readAnnotations,
  type ReadOptions,
} from "../../../../datasets/coco/annotations.ts";
import { categoryLabels, spaceless } from "../../../../datasets/coco/category_labels.ts";
import { CocoMetric } from "../../../../datasets/coco/coco_metric.ts";
import { type CocoSet, cocoSet } from "../../../../datasets/coco/coco_set.ts";
import { detectionsToJson } from "../../../../datasets/coco/detection_list.ts";
import { type CocoDetections, readDetections } from "../../../../datasets/coco/detections.ts";
import { evaluationWarnings } from "../../../../datasets/coco/evaluate.ts";
import { usefulWorkers } from "../../../../datasets/coco/evaluate_parallel.ts";
import type { CocoId } from "../../../../datasets/coco/ids.ts";
import { ImageFolder } from "../../../../datasets/coco/image_folder.ts";
import { areaRanges, type CocoParams, cocoParams } from "../../../../datasets/coco/params.ts";
import { formatMilliseconds, plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { checkNames, formatSize } from "../../../flags/mod.ts";
import type { Tile } from "../../../report/mod.ts";
import { StageTimer } from "../../../timings/mod.ts";
import { evaluationOf } from "../benchmark.ts";
import { finish, prepareFinish } from "../finish.ts";
import { shardsOf } from "../saved_state.ts";
import type { Detector } from "./detect.ts";
import type { CocoFlags } from "./flags.ts";
import { benchmark, type CocoSettings, presentCoco, type RunDetails } from "./presentation.ts";

export default async function coco(this: Context, flags: CocoFlags, ...results: string[]): Promise<void> {
  checkFlags(flags, results);
  const timer = new StageTimer();
  const { honorIgnore, pycocotoolsCompat } = flags;
  const reading = { masks: flags.iouType === "segm", honorIgnore, pycocotoolsCompat };
  const truth = await timer.measure("read annotations", () => readAnnotations(flags.annotations, reading));
  if (flags.compare) {
    const { imageIds } = await cocoSet(truth, undefined, {
      imagesSubset: flags.imagesSubset,
      limit: flags.limit,
    });
    const { compareResults } = await import("./compare.ts");
    await compareResults(this, truth, paramsOf(flags, truth, imageIds), [results[0], results[1]], flags);
  } else await evaluateDetections(this, flags, truth, reading, timer);
}

/** Scores a model or a results file. */
async function evaluateDetections(
  context: Context,
  flags: CocoFlags,
  truth: Annotations,
  reading: ReadOptions,
  timer: StageTimer,
): Promise<void> {
  const running = flags.detections === undefined ? await import("./detect.ts") : undefined;
  const detector = await running?.chooseDetector(context, flags, truth);
  const settings: CocoSettings = {
    annotations: flags.saveState === undefined ? "" : await digestOf(truth),
    model: detector?.entry.name ?? null,
    size: flags.size === undefined ? null : formatSize(flags.size),
  };
  const set = await cocoSet(truth, detector && flags.images, flags);
  const params = paramsOf(flags, truth, set.imageIds);
  const metric = new CocoMetric(truth, params);
  await prepareFinish(presentCoco(metric, settings), flags);
  if (flags.saveDetections !== undefined) await ensureWritableFolder(dirname(flags.saveDetections));
  const folder = folderOfReport(context, flags);

  const notes: string[] = [];
  let detections: CocoDetections;
  if (detector) {
    const timed = flags.timings ? timer : undefined;
    const { failed, warnings } = await running!.detect(context, detector, set, metric, flags, timed);
    if (failed > 0) context.exitStatus = ExitStatus.someInputsFailed;
    notes.push(...warnings);
    detections = metric.detections();
    await saveDetections(flags, truth, detections);
  } else {
    detections = await timer.measure(
      "read detections",
      () => readDetections(flags.detections!, truth, reading),
    );
  }
  await match(context, flags, { set, metric, detections: detector ? undefined : detections }, timer);
  notes.push(...evaluationWarnings(truth, detections, params));

  let details: RunDetails = { notes };
  let tiles: readonly Tile[] = [];
  if (flags.report !== undefined) {
    const report = { set, params, detections, folder, notes, detector };
    ({ details, tiles } = await timer.measure(
      "look into errors",
      () => reportErrors(context, flags, report),
    ));
  }
  const evaluation = {
    ...evaluationOf(benchmark, metric, settings),
    ...presentCoco(metric, settings, details),
  };
  await finish(context, evaluation, flags, { shards: shardsOf(flags.shard), tiles });
  if (!flags.timings) return;
  await timer.print(context, detector && running!.networkOf(detector.entry, flags, "detect"));
}

async function digestOf(truth: Annotations): Promise<string> {
  const { annotationsDigest } = await import("../../../../datasets/coco/annotations_digest.ts");
  return await annotationsDigest(truth);
}

/** @throws {BneckError} (usage) Flags that do not go together, or that name a file twice. */
function checkFlags(flags: CocoFlags, results: readonly string[]): void {
  if (flags.compare) {
    if (results.length !== 2) {
      throw usageError(
        `--compare takes two results files, as in --compare A.json B.json; got ${results.length}`,
      );
    }
    return;
  }
  if (results.length > 0) {
    throw usageError(
      `unexpected argument ${results[0]}; a results file is given as --detections ${results[0]}`,
    );
  }
  if (flags.images === undefined && flags.detections === undefined) {
    throw usageError(
      "nothing to score: --images DIR runs a model over a folder, --detections FILE reads results",
    );
  }
  if (flags.detections === undefined && flags.iouType === "segm") {
    throw usageError("--iou-type segm needs masks, and the model finds boxes; give --detections with masks");
  }
  const { annotations, detections, saveDetections, saveState, report } = flags;
  const outputs = { "--save-detections": saveDetections, "--save-state": saveState, "--report": report };
  const taken = new Map<string, string>();
  for (
    const [flag, path] of Object.entries({
      "--annotations": annotations,
      "--detections": detections,
      ...outputs,
    })
  ) {
    if (path === undefined) continue;
    const identity = fileIdentity(path) ?? path;
    const other = taken.get(identity);
    if (other !== undefined && flag in outputs) {
      throw usageError(`${flag} would replace ${path}, the file of ${other}`);
    }
    taken.set(identity, flag);
  }
}

/** @throws {BneckError} (usage) A class is unknown, or a number is invalid. */
function paramsOf(flags: CocoFlags, truth: Annotations, imageIds: readonly CocoId[] | undefined): CocoParams {
  const { iouType, classes, classAgnostic, maxDets, iouThresholds, pycocotoolsCompat } = flags;
  return cocoParams({
    iouType,
    pycocotoolsCompat,
    imageIds,
    categoryIds: classes && categoriesNamed(classes, truth),
    ...(classAgnostic && { useCategories: false }),
    ...(flags.areaRanges && { areaRanges: areaRanges(flags.areaRanges) }),
    ...(maxDets && { maxDetections: maxDets }),
    ...(iouThresholds && { iouThresholds: [...iouThresholds].sort((a, b) => a - b) }),
  });
}

/**
 * The ids of the categories with these names, or with their labels where a name is not enough or has a comma.
 *
 * @throws {BneckError} (usage) A name is unknown.
 */
function categoriesNamed(names: readonly string[], { categories }: Annotations): CocoId[] {
  const labels = [categoryLabels(categories), categoryLabels(categories, spaceless)];
  checkNames("--classes", names, [...new Set([...categories.map(({ name }) => name), ...labels.flat()])]);
  return categories
    .filter(({ name }, k) => [name, ...labels.map((of) => of[k])].some((known) => names.includes(known)))
    .map(({ id }) => id);
}

/** The folder whose images a report shows. */
function folderOfReport(
  context: Context,
  { images, detections, report }: CocoFlags,
): ImageFolder | undefined {
  if (images === undefined) return undefined;
  if (detections !== undefined && report === undefined) {
    context.log.warn("--images is not used: --detections are scored, and images are drawn for --report only");
  }
  return new ImageFolder(images);
}

async function saveDetections(
  { saveDetections: path }: CocoFlags,
  truth: Annotations,
  detections: CocoDetections,
): Promise<void> {
  if (path !== undefined) await writeFileAtomic(path, detectionsToJson(detections, truth));
}

/** What is matched: detections of a file, or those that the metric holds. */
interface Matching {
  readonly set: CocoSet;
  readonly metric: CocoMetric;
  readonly detections: CocoDetections | undefined;
}

/** Matches detections to objects and says how many were scored. */
async function match(
  context: Context,
  { shard, workers = navigator.hardwareConcurrency }: CocoFlags,
  { set, metric, detections }: Matching,
  timer: StageTimer,
): Promise<void> {
  const start = performance.now();
  await timer.measure("match", async () => {
    if (detections !== undefined) {
      const imageIds = shard === undefined ? undefined : set.images.map(({ id }) => id);
      const useful = usefulWorkers(detections, metric.params, workers);
      await metric.addDetectionsParallel(detections, { workers: useful }, imageIds);
    }
    metric.matches();
  });
  const all = set.total, { images } = metric;
  const count = images === all ? plural(images, "image") : `${images} of ${plural(all, "image")}`;
  const objects = plural(metric.objects, "object");
  context.log.info(`${count} with ${objects} scored in ${formatMilliseconds(performance.now() - start)}`);
}

/** What the part of a report about errors is made of. */
interface ReportInputs {
  readonly set: CocoSet;
  readonly params: CocoParams;
  readonly detections: CocoDetections;
  readonly folder: ImageFolder | undefined;
  readonly notes: readonly string[];
  readonly detector: Detector | undefined;
}

/** Analyses the errors of the images that are scored here, and draws the worst. */
async function reportErrors(
  context: Context,
  flags: CocoFlags,
  { set, params, detections, folder, notes, detector }: ReportInputs,
): Promise<{ details: RunDetails; tiles: readonly Tile[] }> {
  const { analyseDetections } = await import("../../../../datasets/coco/analysis/analyse_detections.ts");
  const ofHere = { ...params, imageIds: set.images.map(({ id }) => id) };
  const analysis = analyseDetections(set.annotations, detections, ofHere, flags.reportScore);
  const errors = {
    annotations: basename(flags.annotations),
    detections: detector?.entry.name ?? basename(flags.detections!),
    analysis,
  };
  const details = { notes, errors };
  if (folder === undefined) return { details, tiles: [] };
  const { drawWorst } = await import("./worst_images.ts");
  return { details, tiles: await drawWorst(context, analysis, folder, flags) };
}
