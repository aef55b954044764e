/**
 * The code of `bneck eval coco`.
 *
 * @module
 */
import { importLater } from "../../../../core/import_later.ts";
import { basename } from "node:path";
// By their files, since the start is a good part of a run of half a second: what only some runs need is loaded by them.
import type { Annotations } from "../../../../datasets/coco/files/annotations.ts";
import { type CocoSet, cocoSet } from "../../../../datasets/coco/coco_set.ts";
import type { CocoDetections } from "../../../../datasets/coco/files/detections.ts";
import { ImageFolder } from "../../../../datasets/coco/image_files.ts";
import type { CocoParams } from "../../../../datasets/coco/params.ts";
import type { Context } from "../../../context.ts";
import type { Tile } from "../../../report/mod.ts";
import { StageTimer } from "../../../timings/mod.ts";
import { evaluationOf } from "../benchmark.ts";
import { finish, prepareFinish } from "../finish.ts";
import { shardsOf } from "../saved_state.ts";
import { checkFlags } from "./check_flags.ts";
import type { Detector } from "./detect.ts";
import type { CocoCommandFlags, CocoFlags } from "./flags.ts";
import { paramsOf, readingOf } from "./parameters.ts";
import { benchmark, presentCoco, type RunDetails } from "./presentation.ts";
import { isOfLabelling } from "../../../../datasets/labelling/is_drawn.ts";
import { readTruth } from "./read_files.ts";
import { scoreSet } from "./score_set.ts";

export default async function coco(
  this: Context,
  flags: CocoCommandFlags,
  ...results: string[]
): Promise<void> {
  checkFlags(flags, results);
  const { annotations, detections = [] } = flags;
  if (annotations.length > 1 || detections.length > 1) {
    const { scoreSeveralSets } = await importLater<typeof import("./several_sets.ts")>(
      import.meta.resolve("./several_sets.ts"),
    );
    await scoreSeveralSets(this, flags);
    return;
  }
  const single: CocoFlags = { ...flags, annotations: annotations[0], detections: detections[0] };
  const timer = new StageTimer();
  const truth = await timer.measure(
    "read annotations",
    () => readTruth(single.annotations, single.images, readingOf(single)),
  );
  if (flags.compare) await compare(this, single, truth, [results[0], results[1]]);
  else await score(this, single, truth, timer);
}

async function compare(
  context: Context,
  flags: CocoFlags,
  truth: Annotations,
  results: readonly [string, string],
): Promise<void> {
  const { imagesSubset, limit } = flags;
  const { imageIds } = await cocoSet(truth, undefined, { imagesSubset, limit });
  const { compareResults } = await importLater<typeof import("./compare.ts")>(
    import.meta.resolve("./compare.ts"),
  );
  await compareResults(context, truth, paramsOf(flags, truth, imageIds), results, flags);
}

async function score(
  context: Context,
  flags: CocoFlags,
  truth: Annotations,
  timer: StageTimer,
): Promise<void> {
  let folder: ImageFolder | undefined;
  const scored = await scoreSet(context, flags, truth, timer, async (metric, settings) => {
    await prepareFinish(presentCoco(metric, settings), flags);
    folder = folderOfReport(context, flags);
  });
  const { set, metric, settings, detections, detector, digests, notes } = scored;
  let details: RunDetails = { notes };
  let tiles: readonly Tile[] = [];
  if (flags.report !== undefined && (flags.lvis || flags.iouType === "keypoints")) {
    notes.push("the report does not analyse errors: it does so for boxes and masks by COCO's rules only");
  } else if (flags.report !== undefined) {
    const report = { set, params: metric.params, detections, folder, notes, detector };
    ({ details, tiles } = await timer.measure(
      "look into errors",
      () => reportErrors(context, flags, report),
    ));
  }
  const evaluation = {
    ...evaluationOf(benchmark, metric, settings),
    ...presentCoco(metric, settings, details),
  };
  const { annotations, imagesSubset } = flags;
  const files = { annotations, detections: flags.detections, "ids of images": imagesSubset };
  const evaluated = { model: detector?.entry ?? null, digests, files };
  await finish(context, evaluation, flags, { shards: shardsOf(flags.shard), tiles, evaluated });
  if (!flags.timings) return;
  const { networkOf } = await importLater<typeof import("../chosen_model.ts")>(
    import.meta.resolve("../chosen_model.ts"),
  );
  await timer.print(context, detector && networkOf(detector.entry, flags, "detect"));
}

/** The folder whose images a report shows. */
function folderOfReport(
  context: Context,
  { images, annotations, detections, report }: CocoFlags,
): ImageFolder | undefined {
  if (images === undefined) return undefined;
  if (detections !== undefined && report === undefined && !isOfLabelling(annotations)) {
    context.log.warn("--images is not used: --detections are scored, and images are drawn for --report only");
  }
  return new ImageFolder(images);
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
  const { analyseDetections } = await importLater<
    typeof import("../../../../datasets/coco/analysis/analyse_detections.ts")
  >(import.meta.resolve("../../../../datasets/coco/analysis/analyse_detections.ts"));
  const ofHere = { ...params, imageIds: set.images.map(({ id }) => id) };
  const analysis = analyseDetections(set.annotations, detections, ofHere, flags.reportScore);
  const errors = {
    annotations: basename(flags.annotations),
    detections: detector?.entry.name ?? basename(flags.detections!),
    analysis,
  };
  const details = { notes, errors };
  if (folder === undefined) return { details, tiles: [] };
  const { drawWorst } = await importLater<typeof import("./worst_images.ts")>(
    import.meta.resolve("./worst_images.ts"),
  );
  return { details, tiles: await drawWorst(context, analysis, folder, flags) };
}
