/** The code of `bneck segment`, `detect`, `run` and `classify`: one run over the inputs. */
import { type BneckError, ExitStatus, usageError } from "../../../core/errors.ts";
import { ensureWritableFolder, removeStaleTemporaries } from "../../../core/files/mod.ts";
import { ImageNotes } from "../../../core/images/notes.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { licenceNotice } from "../../../models/licence.ts";
import type { Task } from "../../../models/network.ts";
import { type ModelRequest, resolveModel } from "../../../models/open.ts";
import {
  type ImageJob,
  imageRecord,
  type ImageReport,
  type PipelineSettings,
  requestedTasks,
  startPipeline,
} from "../../../models/pipeline/mod.ts";
import { oneLine } from "../../console/output.ts";
import { wordedForUsers } from "../../failures.ts";
import type { Context } from "../../context.ts";
import { StageTimer } from "../../timings/mod.ts";
import { modelRequest } from "../../flags/mod.ts";
import { CocoResultsFile } from "../../../models/pipeline/coco_results.ts";
import { type CocoTargets, cocoTargets } from "../../../models/pipeline/coco_targets.ts";
import { DEFAULT_MODEL, type PredictFlags, type Save, type TaskFlags } from "./flags.ts";
import { ResultPrinter } from "./result_printer.ts";
import { describeExisting, planImages, type PlannedImage, resultsPath } from "./plan.ts";
import { pipelineSettings, tasksOf } from "./settings.ts";
import { sceneHint } from "./scene_hint.ts";
import { RunTotals } from "./totals.ts";

/**
 * Runs tasks over the inputs, prints what was found and saves what was asked for.
 *
 * @param perTask the flags of each task that is to run.
 */
export async function predict(
  context: Context,
  flags: PredictFlags & { readonly save: readonly Save[] },
  perTask: TaskFlags,
  inputs: readonly string[],
): Promise<void> {
  const tasks = tasksOf(perTask);
  const model = await resolveModel(requestOf(tasks, flags));
  for (const warning of model.warnings ?? []) context.log.warn(warning);
  const missing = tasks.find((task) => !model.tasks.includes(task));
  if (missing) throw usageError(`${model.name} cannot ${missing}; it can ${model.tasks.join(" and ")}`);
  const notice = licenceNotice(model, tasks);
  if (notice) context.log.info(notice);
  const settings = pipelineSettings(context, model, flags, perTask);

  const { out } = flags;
  if (perTask.detect?.annotations !== undefined && !flags.save.includes("coco")) {
    throw usageError("--annotations is for --save coco, whose image and category ids it gives");
  }
  const cocoPath = out !== undefined && flags.save.includes("coco")
    ? resultsPath({ ...flags, out })
    : undefined;
  if (out !== undefined) await ensureWritableFolder(out);
  const plan = await planImages(context, inputs, flags, settings.files);
  const coco = cocoPath === undefined ? undefined : {
    path: cocoPath,
    targets: cocoTargets(
      plan.images.map(({ input }) => input),
      { name: model.name, classes: model.labels.detect! },
      perTask.detect?.annotations,
    ),
  };
  for (const warning of coco?.targets.warnings ?? []) context.log.warn(warning);

  const totals = new RunTotals(plan.skipped);
  const printer = new ResultPrinter(context, flags, model.name);
  const run = new PredictionRun(context, model, flags, printer, totals);
  for (const problem of plan.problems) run.failed(problem.file, problem.error);
  if (plan.existing.length > 0) context.log.error(oneLine(describeExisting(plan.existing)));
  for (const { file, result } of plan.existing) {
    totals.fail();
    printer.failure({ file, error: `${result} already exists` });
  }
  await run.process(settings, plan.images, coco);
  if (run.lostWorkers > 0) {
    // Files that the lost workers were writing.
    for (const folder of plan.folders) await removeStaleTemporaries(folder);
  }
  printer.close(totals);
  for (const line of run.notes.lines()) context.log.warn(line);
  for (const line of totals.summary()) context.log.info(line);
  const misfit = sceneHint(model, totals.probability);
  if (misfit) context.log.info(misfit);
  await run.timer?.print(context, () => model.build(tasks, settings.inputSize));
  if (totals.failed > 0) context.exitStatus = ExitStatus.someInputsFailed;
}

/** The part of a run that goes through the images. */
class PredictionRun {
  /** With `--timings`. */
  readonly timer: StageTimer | undefined;
  /** What users should know of the images, said once. */
  readonly notes = new ImageNotes();
  lostWorkers = 0;

  constructor(
    readonly context: Context,
    readonly model: RunnableModel,
    readonly flags: PredictFlags,
    readonly printer: ResultPrinter,
    readonly totals: RunTotals,
  ) {
    if (flags.timings) this.timer = new StageTimer();
  }

  async process(
    settings: PipelineSettings,
    images: readonly PlannedImage[],
    results: { readonly path: string; readonly targets: CocoTargets } | undefined,
  ): Promise<void> {
    if (images.length === 0) return;
    const { context, flags, model } = this;
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const workers = Math.min(flags.workers ?? navigator.hardwareConcurrency, images.length);
    await using pool = await startPipeline(model, settings, workers, flags.timeout);
    this.timer?.begin(workers);
    const coco = results && new CocoResultsFile(results.path, results.targets.categoryIds);
    const progress = context.progress({
      total: images.length,
      unit: "images",
      label: requestedTasks(settings).join(" + "),
    });
    try {
      for await (const { index, job, result, error } of pool.run(jobs(images), { signal })) {
        if (error) {
          this.failed(job.path, error);
          if (flags.failFast) stop.abort();
        } else {
          if (coco && result.detect) {
            await addToResults(coco, results!.targets.imageIds.get(images[index].input)!, result);
          }
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
    this.notes.add(job.path, report.notes);
    this.timer?.add(report.milliseconds);
    this.timer?.see(report);
    this.printer.image(imageRecord(job.path, report, this.model.labels));
  }

  failed(file: string, failure: BneckError): void {
    const message = wordedForUsers(failure);
    // Errors of workers do not name the image that they were working on.
    const error = message.includes(file) ? message : `${file}: ${message}`;
    this.totals.fail();
    this.context.log.error(oneLine(error));
    this.printer.failure({ file, error });
  }
}

/** @param result of an image in which objects were detected */
function addToResults(
  coco: CocoResultsFile,
  id: Parameters<CocoResultsFile["add"]>[0],
  result: ImageReport,
): Promise<void> {
  const { detect, masks, height, width } = result;
  return coco.add(id, detect!, masks && { height, width, counts: masks });
}

function* jobs(images: readonly PlannedImage[]): Generator<ImageJob> {
  for (const { input, outputStem } of images) yield { path: input.path, outputStem };
}

/** The embedded model is the default, but it cannot classify. */
function requestOf(tasks: readonly Task[], flags: PredictFlags): ModelRequest {
  const request = modelRequest(flags, tasks.includes("classify") ? undefined : DEFAULT_MODEL);
  if (request.model !== undefined || request.weights !== undefined) return request;
  throw usageError(
    'name a model with --model or weights with --weights: "bneck models list --task classify" lists models',
  );
}
