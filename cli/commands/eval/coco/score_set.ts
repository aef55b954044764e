/** Scoring one set: annotations, and a model's or a file's detections. */
import { ExitStatus } from "../../../../core/errors.ts";
import { ensureWritableFile, writeFileAtomic } from "../../../../core/files/mod.ts";
import { importLater } from "../../../../core/import_later.ts";
// By their files, since the start is a good part of a run of half a second: what only some runs need is loaded by them.
import type { Annotations } from "../../../../datasets/coco/files/annotations.ts";
import { CocoMetric } from "../../../../datasets/coco/coco_metric.ts";
import { type CocoSet, cocoSet } from "../../../../datasets/coco/coco_set.ts";
import { detectionsToJson } from "../../../../datasets/coco/files/detection_list.ts";
import type { CocoDetections } from "../../../../datasets/coco/files/detections.ts";
import { evaluationWarnings } from "../../../../datasets/coco/evaluate.ts";
import { usefulWorkers } from "../../../../datasets/coco/evaluate_parallel.ts";
import type { EvaluationDigests } from "../../../../models/evaluation/mod.ts";
import { formatMilliseconds, plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { formatSize } from "../../../flags/mod.ts";
import { digestOfFile, identityOf } from "../saved_state.ts";
import type { StageTimer } from "../../../timings/mod.ts";
import type { Detector } from "./detect.ts";
import type { CocoFlags } from "./flags.ts";
import { paramsOf, readingOf } from "./parameters.ts";
import { readFound } from "./read_files.ts";
import type { CocoSettings } from "./presentation.ts";

/** A set that was scored. */
export interface ScoredSet {
  readonly set: CocoSet;
  readonly metric: CocoMetric;
  readonly settings: CocoSettings;
  readonly detections: CocoDetections;
  /** The model that was run. */
  readonly detector: Detector | undefined;
  /** What it saw, for a report. */
  readonly digests: EvaluationDigests | undefined;
  /** What the user should know, a sentence each. */
  readonly notes: string[];
}

/**
 * Scores a model or a results file.
 *
 * @param prepare called before the work begins
 * @throws {BneckError} A file or the model cannot be used.
 */
export async function scoreSet(
  context: Context,
  flags: CocoFlags,
  truth: Annotations,
  timer: StageTimer,
  prepare: (metric: CocoMetric, settings: CocoSettings) => Promise<void>,
): Promise<ScoredSet> {
  const reading = readingOf(flags);
  const running = flags.detections === undefined
    ? await importLater<typeof import("./detect.ts")>(import.meta.resolve("./detect.ts"))
    : undefined;
  const detector = await running?.chooseDetector(context, flags, truth);
  const settings: CocoSettings = {
    annotations: flags.saveState === undefined ? "" : await digestOf(truth),
    model: detector?.entry.name ?? null,
    size: flags.size === undefined ? null : formatSize(flags.size),
    detections: await digestOfFile(flags.detections, flags.saveState),
    ...await identityOf(flags),
  };
  const set = await cocoSet(truth, detector && flags.images, { ...flags, ...reading });
  const params = paramsOf(flags, truth, set.imageIds);
  const metric = new CocoMetric(truth, params);
  await prepare(metric, settings);
  if (flags.saveDetections !== undefined) await ensureWritableFile(flags.saveDetections);

  const notes: string[] = [];
  let detections: CocoDetections;
  let digests: EvaluationDigests | undefined;
  if (detector) {
    const timed = flags.timings ? timer : undefined;
    const { failed, warnings, ...run } = await running!.detect(context, detector, set, metric, flags, timed);
    ({ digests } = run);
    if (failed > 0) context.exitStatus = ExitStatus.someInputsFailed;
    notes.push(...warnings);
    detections = metric.detections();
    await saveDetections(flags, truth, detections);
  } else {
    detections = await timer.measure(
      "read detections",
      () => readFound(flags.detections!, truth, reading),
    );
  }
  await match(context, flags, { set, metric, detections: detector ? undefined : detections }, timer);
  notes.push(...evaluationWarnings(truth, detections, params, metric.result()));
  if (truth.isLvis && !flags.lvis) notes.push(`${truth.name}: --lvis applies the rules of LVIS`);
  return { set, metric, settings, detections, detector, digests, notes };
}

async function digestOf(truth: Annotations): Promise<string> {
  const { annotationsDigest } = await importLater<
    typeof import("../../../../datasets/coco/files/annotations_digest.ts")
  >(import.meta.resolve("../../../../datasets/coco/files/annotations_digest.ts"));
  return await annotationsDigest(truth);
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
