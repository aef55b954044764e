/**
 * The code of `bneck eval coco`.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { ExitStatus, usageError } from "../../../../core/errors.ts";
import { ensureWritableFolder, fileIdentity, writeFileAtomic } from "../../../../core/files/mod.ts";
import {
  type Annotations,
  type CocoImage,
  type CocoParams,
  cocoParams,
  type Detections,
  detectionsToJson,
  evaluationWarnings,
  matchDetectionsParallel,
  type Matches,
  readAnnotations,
  readDetections,
  usefulWorkers,
} from "../../../../datasets/coco/mod.ts";
import { formatMilliseconds, plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { checkNames, formatSize } from "../../../flags/mod.ts";
import { StageTimer } from "../../../timings/mod.ts";
import { finish, prepareFinish } from "../finish.ts";
import { shardsOf } from "../saved_state.ts";
import { analyse } from "./analysis.ts";
import { compareResults } from "./compare.ts";
import type { Detector } from "./detector.ts";
import type { CocoFlags } from "./flags.ts";
import { ImageFolder, type SelectedImages, selectImages } from "./images.ts";
import { CocoScored } from "./scored.ts";

export default async function coco(this: Context, flags: CocoFlags, ...results: string[]): Promise<void> {
  checkFlags(flags, results);
  const options = { masks: flags.iouType === "segm", pycocotoolsCompat: flags.pycocotoolsCompat };
  const timer = new StageTimer();
  const truth = await timer.measure("read annotations", () => readAnnotations(flags.annotations, options));
  if (flags.compare) {
    const params = paramsOf(flags, truth, selectImages(truth, flags));
    await compareResults(this, truth, params, [results[0], results[1]], flags);
  } else {
    const detector = flags.detections === undefined ? await chooseDetector(flags, truth) : undefined;
    const digest = flags.saveState === undefined ? "" : await digestOf(truth);
    await new CocoRun(this, flags, truth, digest, detector, timer).run();
  }
}

// What only some runs need is loaded only by them: the start is a good part of a run of half a second.

async function digestOf(truth: Annotations): Promise<string> {
  return (await import("./digest.ts")).annotationsDigest(truth);
}

async function chooseDetector(flags: CocoFlags, truth: Annotations): Promise<Detector> {
  return (await import("./detector.ts")).chooseDetector(flags, truth);
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
      "what is to be scored? --images DIR runs a model over a folder, --detections FILE reads results",
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

function paramsOf(flags: CocoFlags, truth: Annotations, { evaluated }: SelectedImages): CocoParams {
  const { iouType, classes, maxDets, iouThresholds, pycocotoolsCompat } = flags;
  if (classes !== undefined) checkNames("--classes", classes, truth.categories.map(({ name }) => name));
  return cocoParams({
    iouType,
    pycocotoolsCompat,
    imageIds: evaluated?.map(({ id }) => id),
    categoryIds: classes && truth.categories.filter(({ name }) => classes.includes(name)).map(({ id }) => id),
    ...(maxDets && { maxDetections: maxDets }),
    ...(iouThresholds && { iouThresholds: [...iouThresholds].sort((a, b) => a - b) }),
  });
}

/** One evaluation. */
class CocoRun {
  readonly #folder: ImageFolder | undefined;
  readonly #selected: SelectedImages;
  readonly #params: CocoParams;
  readonly #scored: CocoScored;

  constructor(
    readonly context: Context,
    readonly flags: CocoFlags,
    readonly truth: Annotations,
    digest: string,
    readonly detector: Detector | undefined,
    readonly timer: StageTimer,
  ) {
    const { images, size } = flags;
    const folder = this.#folder = images === undefined ? undefined : new ImageFolder(images);
    this.#selected = selectImages(
      truth,
      flags,
      (image) => !flags.skipMissing || folder!.find(image) !== undefined,
    );
    this.#params = paramsOf(flags, truth, this.#selected);
    const { categoryIds } = this.#params;
    const settings = {
      annotations: digest,
      model: this.detector?.entry.name ?? null,
      size: size === undefined ? null : formatSize(size),
    };
    const classes = truth.categories.filter(({ id }) => categoryIds?.includes(id) ?? true).map(({ name }) =>
      name
    );
    this.#scored = new CocoScored(settings, this.#params, classes);
  }

  async run(): Promise<void> {
    const { context, flags } = this;
    const scored = this.#scored;
    await prepareFinish(scored, flags);
    if (flags.saveDetections !== undefined) await ensureWritableFolder(dirname(flags.saveDetections));

    if (!this.detector && flags.images !== undefined && flags.report === undefined) {
      context.log.warn(
        "--images is not used: --detections are scored, and images are drawn for --report only",
      );
    }
    const detections = this.detector
      ? await this.#detect(this.detector)
      : await this.timer.measure("read detections", () => this.#readDetections());
    const { evaluated, here } = this.#selected;
    const start = performance.now();
    await this.timer.measure("match", async () => scored.add(await this.#match(detections)));
    const { images, scores: { objects } } = scored;
    const all = evaluated?.length ?? this.truth.images.length;
    const count = images === all ? plural(images, "image") : `${images} of ${plural(all, "image")}`;
    const time = formatMilliseconds(performance.now() - start);
    context.log.info(`${count} with ${plural(objects, "object")} scored in ${time}`);
    scored.note(...evaluationWarnings(this.truth, detections, this.#params));
    const tiles = flags.report === undefined
      ? []
      : await this.timer.measure("look into errors", () => this.#lookIntoErrors(detections, here));
    await finish(context, scored, flags, { shards: shardsOf(flags.shard), tiles });
    if (!flags.timings) return;
    const { size } = flags;
    await this.timer.print(
      context,
      this.detector && (() => this.detector!.entry.build(["detect"], size)),
    );
  }

  #readDetections(): Detections {
    const { flags, truth } = this;
    return readDetections(flags.detections!, truth, {
      masks: flags.iouType === "segm",
      pycocotoolsCompat: flags.pycocotoolsCompat,
    });
  }

  async #detect(detector: Detector): Promise<Detections> {
    const { flags, context, truth } = this;
    const images = this.#selected.here;
    for (const warning of detector.warnings) context.log.warn(warning);
    const { runDetector } = await import("./detector.ts");
    const run = await runDetector(context, detector, truth, {
      images,
      paths: this.#folder!.findAll(images),
      size: flags.size,
      most: Math.max(100, ...this.#params.maxDetections),
      workers: flags.workers,
      maxPixels: flags.maxPixels,
      timer: flags.timings ? this.timer : undefined,
    });
    const { detections, failed, milliseconds } = run;
    const rate = milliseconds === 0 ? "" : ` (${(images.length / milliseconds * 1000).toFixed(1)} images/s)`;
    context.log.info(
      `${detections.length} detections in ${plural(images.length, "image")} in ` +
        formatMilliseconds(milliseconds) + rate,
    );
    if (failed > 0) context.exitStatus = ExitStatus.someInputsFailed;
    this.#scored.note(...run.warnings);
    if (flags.saveDetections !== undefined) {
      await writeFileAtomic(flags.saveDetections, detectionsToJson(detections, truth));
    }
    return detections;
  }

  #match(detections: Detections): Promise<Matches> {
    const { truth, flags: { shard, workers = navigator.hardwareConcurrency } } = this;
    const params = this.#params;
    const imageIds = shard === undefined ? undefined : this.#selected.here.map(({ id }) => id);
    const useful = usefulWorkers(detections, params, workers);
    return matchDetectionsParallel(truth, detections, params, { workers: useful }, imageIds);
  }

  async #lookIntoErrors(detections: Detections, here: readonly CocoImage[]) {
    const { context, flags, truth } = this;
    const analysis = analyse(truth, detections, this.#params, here, flags.reportScore);
    this.#scored.details = {
      annotations: basename(flags.annotations),
      detections: this.detector?.entry.name ?? basename(flags.detections!),
      analysis,
    };
    if (this.#folder === undefined) return [];
    const { drawWorst } = await import("./pictures.ts");
    return await drawWorst(context, analysis, this.#folder, flags.maxPixels);
  }
}
