/** One run of `segment`, `detect` or `run` over its inputs. */
import { type BneckError, ExitStatus, usageError } from "../../../core/errors.ts";
import { ensureWritableFolder, removeStaleTemporaries } from "../../../core/files/mod.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import type { Task } from "../../../models/network.ts";
import { type ModelRequest, resolveModel } from "../../../models/open.ts";
import {
  CLASSIFY_FILES,
  type FileKind,
  type ImageJob,
  type ImageReport,
  type PipelineSettings,
  SEGMENT_FILES,
  startPipeline,
} from "../../../models/pipeline/mod.ts";
import { oneLine } from "../../console/output.ts";
import { wordedForUsers } from "../../failures.ts";
import type { Context } from "../../context.ts";
import { namedStages, StageTimer } from "../../timings/mod.ts";
import { checkNames, inputSize, modelRequest } from "../../flags/mod.ts";
import { CocoResultsFile, type ImageIds, imageIds, resultsPath } from "./coco_results.ts";
import type { ClassifyFlags, DetectFlags, PredictFlags, Save, SegmentFlags } from "./flags.ts";
import { DEFAULT_MODEL } from "./flags.ts";
import { ResultPrinter } from "./result_printer.ts";
import { planImages, type PlannedImage } from "./plan.ts";
import { imageRecord } from "./report.ts";
import { streetIdTables } from "./street_ids.ts";
import { RunTotals } from "./totals.ts";

type Flags = PredictFlags & Partial<DetectFlags & SegmentFlags & ClassifyFlags>;

/** Runs a model's tasks over the inputs, prints what was found and saves what was asked for. */
export async function predict(
  context: Context,
  tasks: readonly Task[],
  flags: Flags,
  inputs: readonly string[],
): Promise<void> {
  const entry = await resolveModel(requestOf(tasks, flags));
  for (const warning of entry.warnings ?? []) context.log.warn(warning);
  const missing = tasks.find((task) => !entry.tasks.includes(task));
  if (missing) throw usageError(`${entry.name} cannot ${missing}; it can ${entry.tasks.join(" and ")}`);
  const settings = pipelineSettings(context, entry, tasks, flags);

  const { out } = flags;
  const cocoPath = out !== undefined && flags.save.includes("coco")
    ? resultsPath({ ...flags, out })
    : undefined;
  if (out !== undefined) await ensureWritableFolder(out);
  const plan = await planImages(context, inputs, flags, settings.files);
  const coco = cocoPath === undefined
    ? undefined
    : { path: cocoPath, ids: imageIds(plan.images.map(({ input }) => input), flags.annotations) };

  const totals = new RunTotals(plan.skipped);
  const printer = new ResultPrinter(context, flags, entry.name);
  const run = new PredictionRun(context, entry, flags, printer, totals);
  for (const problem of plan.problems) run.failed(problem.file, problem.error);
  await run.process(settings, plan.images, coco);
  if (run.lostWorkers > 0) {
    // What they were writing besides the image that they were lost to.
    for (const folder of plan.folders) await removeStaleTemporaries(folder);
  }
  printer.close(totals);
  for (const line of totals.summary()) context.log.info(line);
  await run.timer?.print(context, () => entry.build(tasks, settings.inputSize));
  if (totals.failed > 0) context.exitStatus = ExitStatus.someInputsFailed;
}

/** The part of a run that goes through the images. */
class PredictionRun {
  /** With `--timings`. */
  readonly timer: StageTimer | undefined;
  lostWorkers = 0;

  constructor(
    readonly context: Context,
    readonly entry: RunnableModel,
    readonly flags: Flags,
    readonly printer: ResultPrinter,
    readonly totals: RunTotals,
  ) {
    if (flags.timings) this.timer = new StageTimer();
  }

  async process(
    settings: PipelineSettings,
    images: readonly PlannedImage[],
    results: { readonly path: string; readonly ids: ImageIds } | undefined,
  ): Promise<void> {
    if (images.length === 0) return;
    const { context, flags, entry } = this;
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const workers = Math.min(flags.workers ?? navigator.hardwareConcurrency, images.length);
    await using pool = await startPipeline(entry, settings, workers, flags.timeout);
    this.timer?.begin(workers);
    const coco = results && new CocoResultsFile(results.path, entry.labels.detect!);
    const progress = context.progress({
      total: images.length,
      unit: "images",
      label: settings.tasks.join(" + "),
    });
    try {
      for await (const { index, job, result, error } of pool.run(jobs(images), { signal })) {
        if (error) {
          this.failed(job.path, error);
          if (flags.failFast) stop.abort();
        } else {
          if (coco && result.detect) await coco.add(results!.ids(images[index].input), result.detect);
          this.done(job, result);
        }
        progress.add(1, job.path);
      }
    } finally {
      progress.stop();
      this.lostWorkers = pool.losses;
      await coco?.close();
    }
  }

  done(job: ImageJob, report: ImageReport): void {
    this.totals.done(report);
    this.timer?.add(namedStages(report.milliseconds));
    this.timer?.see(report);
    this.printer.image(imageRecord(job.path, report, this.entry.labels));
  }

  failed(file: string, failure: BneckError): void {
    const message = wordedForUsers(failure);
    // What happens to a worker is told without the image that it was working on.
    const error = message.includes(file) ? message : `${file}: ${message}`;
    this.totals.fail();
    this.context.log.error(oneLine(error));
    this.printer.failure({ file, error });
  }
}

function* jobs(images: readonly PlannedImage[]): Generator<ImageJob> {
  for (const { input, outputStem } of images) yield { path: input.path, outputStem };
}

/** The embedded model is the standard, but it cannot classify. */
function requestOf(tasks: readonly Task[], flags: Flags): ModelRequest {
  const request = modelRequest(flags, tasks.includes("classify") ? undefined : DEFAULT_MODEL);
  if (request.model !== undefined || request.weights !== undefined) return request;
  throw usageError(
    'name a model with --model or weights with --weights: "bneck models list --task classify" lists models',
  );
}

function pipelineSettings(
  context: Context,
  entry: RunnableModel,
  tasks: readonly Task[],
  flags: Flags,
): PipelineSettings {
  const known = tasks.flatMap((task) => entry.labels[task]!.map(({ name }) => name));
  const wanted = flags.classes;
  if (wanted) checkNames("--classes", wanted, known);
  const indices = (task: Task) => {
    const labels = tasks.includes(task) ? entry.labels[task] : undefined;
    if (!wanted || !labels) return undefined;
    return new Set(labels.flatMap(({ name }, index) => wanted.includes(name) ? [index] : []));
  };
  const files = filesToWrite(flags, tasks);
  return {
    tasks,
    inputSize: flags.size && inputSize(flags.size),
    detect: { score: flags.score ?? 0, max: flags.max ?? 0, iou: flags.iou, classes: indices("detect") },
    classify: flags.top === undefined ? undefined : { top: flags.top },
    files,
    idTables: streetIdTables(context, entry, files),
    opacity: flags.opacity ?? 0,
    shownClasses: indices("segment"),
    maxPixels: flags.maxPixels,
    separateStages: flags.timings,
  };
}

/** The files of each image that `--save` asks for; without `--out` there are none. */
function filesToWrite({ out, save }: Flags, tasks: readonly Task[]): FileKind[] {
  if (out === undefined) return [];
  const kinds: Record<Task, readonly Save[]> = {
    detect: ["boxes", "json", "yolo", "crops"],
    segment: SEGMENT_FILES,
    classify: CLASSIFY_FILES,
  };
  const possible = tasks.flatMap((task) => kinds[task]);
  return save.filter((kind): kind is FileKind => kind !== "coco" && possible.includes(kind));
}
