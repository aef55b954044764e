/** The code of `bneck segment`, `detect`, `run` and `classify`: one run over the inputs. */
import { createHash } from "node:crypto";
import { type BneckError, ExitStatus, usageError } from "../../../core/errors.ts";
import {
  ensureWritableFile,
  ensureWritableFolder,
  removeStaleTemporaries,
  writeFileAtomic,
} from "../../../core/files/mod.ts";
import { importLater } from "../../../core/import_later.ts";
import { ImageNotes } from "../../../core/images/notes.ts";
import { isVideo } from "../../../core/video/ffmpeg.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import type { Task } from "../../../models/network.ts";
import { type ModelRequest, resolveModel } from "../../../models/open.ts";
import {
  type ImageJob,
  imageRecord,
  type ImageReport,
  type PipelineSettings,
  preparePipelineModel,
  requestedTasks,
  startPipeline,
  writeClassFile,
  writeYoloFile,
} from "../../../models/pipeline/mod.ts";
import { partialPath } from "../../../models/pipeline/growing_file.ts";
import { plural } from "../../console/format.ts";
import { oneLine } from "../../console/output.ts";
import { wordedForUsers } from "../../failures.ts";
import { announceModel } from "../../requested_model.ts";
import type { Context } from "../../context.ts";
import { refuseReplacing } from "../../replacing.ts";
import { StageTimer } from "../../timings/mod.ts";
import { modelRequest } from "../../flags/mod.ts";
import { DEFAULT_MODEL, type PredictFlags, type Save, type TaskFlags } from "./flags.ts";
import type { RunGallery } from "./gallery.ts";
import { ResultPrinter } from "./result_printer.ts";
import { describeExisting, describeLeft, type Plan, planImages, type PlannedImage } from "./plan.ts";
import { planRunFiles, type RunFile, runFilePaths } from "./run_files.ts";
import { pipelineSettings, tasksOf } from "./settings.ts";
import { checkVideoFlags, VideoWork } from "./video.ts";
import type { TerminalImages } from "./terminal_images.ts";
import { RunTotals, sceneHint } from "./totals.ts";

/**
 * Runs tasks over the inputs, prints what was found and saves what was asked for.
 *
 * @param perTask the flags of each task that is to run.
 * @throws {BneckError} The flags do not go together, or the model, the inputs or the output folder cannot be used.
 */
export async function predict(
  context: Context,
  flags: PredictFlags & { readonly save: readonly Save[] },
  perTask: TaskFlags,
  inputs: readonly string[],
): Promise<void> {
  const tasks = tasksOf(perTask);
  const model = await resolveModel(requestOf(tasks, flags));
  const missing = tasks.find((task) => !model.tasks.includes(task));
  if (missing) throw usageError(`${model.name} cannot ${missing}; it can ${model.tasks.join(" and ")}`);
  announceModel(context, model, tasks);
  const wanted = await pipelineSettings(context, model, flags, perTask);

  const { out } = flags;
  const paths = runFilePaths(flags);
  if (out !== undefined) await ensureWritableFolder(out);
  const plan = await planImages(context, inputs, flags, wanted.files);
  checkVideoFlags(flags, plan.videos, perTask.segment?.legend, context.configured.names);
  if (plan.passedVideos > 0) {
    context.log.warn(`passed over ${plural(plan.passedVideos, "video")} in folders; --videos takes them`);
  }
  const settings = plan.videos ? settingsForVideos(wanted) : wanted;
  const inputFiles = plan.images.map(({ input }) => input);
  const { annotations } = perTask.detect ?? perTask.segment ?? {};
  const runFiles = await planRunFiles(context, paths, model, tasks, inputFiles, annotations);

  if (out !== undefined && plan.images.length > 0) {
    await saveClasses(context, out, model, settings, flags.overwrite);
  }

  const terminal = flags.show ? await openTerminal(context) : undefined;
  const gallery = flags.report === undefined ? undefined : await openGallery(flags, plan);
  const totals = new RunTotals(
    plan.skipped,
    plan.videos && plan.images.every(({ input }) => isVideo(input.name)) ? "frame" : "image",
  );
  const printer = new ResultPrinter(context, flags, model.name);
  const run = new PredictionRun(context, model, flags, printer, totals, plan.images.length, {
    terminal,
    gallery,
  });
  const { report } = flags;
  const { weights, labels } = flags;
  refuseReplacing(
    { report },
    { model: flags.model, weights, labels, annotations },
    [
      ...inputs.filter((input) => input.startsWith("@")).map((input) => ({
        what: "a list",
        path: input.slice(1),
      })),
      ...inputFiles.map(({ path }) => ({ what: "an input", path })),
    ],
  );
  if (report !== undefined) await ensureWritableFile(report);
  for (const problem of plan.problems) run.failed(problem.file, problem.error);
  if (plan.existing.length > 0) {
    context.log.error(oneLine(describeExisting(plan, settings.files, paths.size > 0)));
  }
  for (const { file, result } of plan.existing) {
    const failure = { file, error: `${result} already exists` };
    totals.fail();
    printer.failure(failure);
    run.gallery?.fail(failure);
  }
  await run.process(settings, plan.images, runFiles);
  if (run.lostWorkers > 0) {
    // Files that the lost workers were writing.
    for (const folder of plan.folders) await removeStaleTemporaries(folder);
  }
  printer.close(totals);
  for (const line of run.notes.lines()) context.log.warn(line);
  for (const line of totals.summary()) context.log.info(line);
  const misfit = sceneHint(model, totals.probability);
  if (misfit) context.log.info(misfit);
  if (run.left > 0) {
    context.log.warn(describeLeft(run.left, plan, flags, settings.files, paths.size > 0));
    for (const path of [...[...paths.values()].map(partialPath), ...run.unfinished]) {
      const what = plan.videos ? "frame" : "image";
      context.log.warn(oneLine(`${path} holds only the ${plural(totals.images, what)} that were done`));
    }
  }
  if (report !== undefined) {
    const { modelDigest, left } = run;
    const title = `${tasks.join(" and ")}: ${plural(totals.images, totals.unit)}`;
    const page = await run.gallery!.page(totals.classes, { title, model, settings, modelDigest, left });
    await writeFileAtomic(report, page);
  }
  await run.timer?.print(context, () => model.build(tasks, settings.inputSize));
  if (totals.failed > 0) context.exitStatus = ExitStatus.someInputsFailed;
}

/** A legend below overlays would change the height of a video from frame to frame: there names are in the regions. */
function settingsForVideos(settings: PipelineSettings): PipelineSettings {
  const { segment } = settings;
  if (segment?.legend !== "strip") return settings;
  const colorLegend = segment.colorLegend === "strip" ? "labels" : segment.colorLegend;
  return { ...settings, segment: { ...segment, legend: "labels", colorLegend } };
}

/** Leaves a `classes.json`, and a `data.yaml` for YOLO files, with the results. */
async function saveClasses(
  { log }: Context,
  out: string,
  { labels }: RunnableModel,
  settings: PipelineSettings,
  overwrite: boolean,
): Promise<void> {
  const classes = {
    segment: settings.segment && labels.segment,
    detect: settings.detect && labels.detect,
  };
  const colors = { palette: settings.segment?.palette, boxColors: settings.boxColors };
  const files = [await writeClassFile(out, classes, { ...colors, overwrite })];
  if (settings.files.includes("yolo")) files.push(await writeYoloFile(out, labels.detect!, { overwrite }));
  for (const left of files) {
    if (left === undefined) continue;
    log.warn(
      oneLine(`${left} does not list these classes and was left as it is; --overwrite replaces it`),
    );
  }
}

// Loaded for those who ask for them.
async function openTerminal(context: Context): Promise<TerminalImages> {
  const { TerminalImages } = await importLater<typeof import("./terminal_images.ts")>(
    import.meta.resolve("./terminal_images.ts"),
  );
  return await TerminalImages.open(context);
}

async function openGallery(flags: PredictFlags, { images, videos }: Plan): Promise<RunGallery> {
  const { RunGallery } = await importLater<typeof import("./gallery.ts")>(
    import.meta.resolve("./gallery.ts"),
  );
  return new RunGallery(flags, videos ? undefined : images.length);
}

/** The part of a run that goes through the images. */
class PredictionRun {
  /** With `--timings`. */
  readonly timer: StageTimer | undefined;
  /** What users should know of the images, said once. */
  readonly notes = new ImageNotes();
  /** With `--show`. */
  readonly terminal: TerminalImages | undefined;
  /** With `--report`. */
  readonly gallery: RunGallery | undefined;
  /** The SHA-256 of the model in its ONNX form, for a report. */
  modelDigest: string | undefined;
  lostWorkers = 0;
  /** Videos that were begun to be written and lack frames. */
  unfinished: readonly string[] = [];
  /** Images that were not reached. */
  left: number;

  constructor(
    readonly context: Context,
    readonly model: RunnableModel,
    readonly flags: PredictFlags,
    readonly printer: ResultPrinter,
    readonly totals: RunTotals,
    images: number,
    { terminal, gallery }: Pick<PredictionRun, "terminal" | "gallery">,
  ) {
    this.left = images;
    this.terminal = terminal;
    this.gallery = gallery;
    if (flags.timings) this.timer = new StageTimer();
  }

  async process(
    settings: PipelineSettings,
    images: readonly PlannedImage[],
    runFiles: readonly (() => RunFile)[],
  ): Promise<void> {
    if (images.length === 0) return;
    const { context, flags, model } = this;
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const videos = images.some(({ input }) => isVideo(input.name));
    const useful = videos ? Infinity : images.length;
    const workers = Math.min(flags.workers ?? navigator.hardwareConcurrency, useful);
    const prepared = preparePipelineModel(model, settings);
    await using pool = await startPipeline(model, settings, workers, flags.timeout, prepared);
    if (this.gallery) this.modelDigest = createHash("sha256").update((await prepared).onnx).digest("hex");
    this.timer?.begin(workers);
    const files = runFiles.map((open) => open());
    let sent = 0;
    const work = new VideoWork(flags, settings.files, images, signal, {
      wants: () => this.#wants(sent++),
      fail: (path, error) => this.failed(path, error),
      end: (path, source) => this.gallery?.endVideo(path, source),
      warn: (message) => context.log.warn(oneLine(message)),
    });
    const progress = context.progress({
      total: videos ? undefined : images.length,
      unit: videos ? "frames" : "images",
      label: requestedTasks(settings).join(" + "),
    });
    try {
      // Frames are large: fewer of them are read ahead.
      const jobs = videos ? work.jobs() : this.#jobs(images);
      const ahead = videos ? 2 * workers + 2 : undefined;
      for await (const { index, job, result, error } of pool.run(jobs, { signal, ahead })) {
        const { input } = videos ? await work.imageOf(job, result) : images[index];
        if (!job.frame) this.left--;
        if (error) {
          this.failed(job.frame ? `frame ${job.frame.index} of ${job.path}` : job.path, error);
          if (flags.failFast) stop.abort();
        } else {
          for (const file of files) await file.add(input, result, job.frame);
          await work.add(result, job.frame);
          await this.done(index, job, result);
        }
        progress.add(1, job.path);
      }
    } finally {
      progress.stop();
      this.lostWorkers = pool.losses;
      this.totals.files += await work.close();
      this.left -= work.finished;
      this.unfinished = work.unfinished;
      for (const file of files) await file.close(this.left === 0);
    }
  }

  async done(index: number, job: ImageJob, report: ImageReport): Promise<void> {
    const record = imageRecord(job, report, this.model.labels);
    this.totals.done(record, report);
    this.gallery?.add(index, record, report);
    this.notes.add(job.path, report.notes);
    this.timer?.add(report.milliseconds);
    this.timer?.see(report);
    if (report.gallery?.thumbnail) await this.terminal?.draw(report.gallery.thumbnail, job.path);
    this.printer.image(record);
  }

  failed(file: string, failure: BneckError): void {
    const message = wordedForUsers(failure);
    // Errors of workers do not name the image that they were working on.
    const error = message.includes(file) ? message : `${file}: ${message}`;
    this.totals.fail();
    this.context.log.error(oneLine(error));
    this.printer.failure({ file, error });
    this.gallery?.fail({ file, error });
  }

  /** Whether the image at a place of the run needs a small image. */
  #wants(index: number): boolean {
    return this.terminal !== undefined || this.gallery?.wants(index) === true;
  }

  *#jobs(images: readonly PlannedImage[]): Generator<ImageJob> {
    for (const [index, { input, outputStem }] of images.entries()) {
      yield {
        path: input.path,
        outputStem,
        thumbnail: this.#wants(index),
      };
    }
  }
}

/** The embedded model is the default, but it cannot classify. */
function requestOf(tasks: readonly Task[], flags: PredictFlags): ModelRequest {
  const request = modelRequest(flags, tasks.includes("classify") ? undefined : DEFAULT_MODEL);
  if (request.model !== undefined || request.weights !== undefined) return request;
  throw usageError(
    'name a model with --model or weights with --weights: "bneck models list --task classify" lists models',
  );
}
