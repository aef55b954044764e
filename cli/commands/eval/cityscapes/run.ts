/**
 * The code of `bneck eval cityscapes`.
 *
 * @module
 */
import { usageError } from "../../../../core/errors.ts";
import { readLabelMap } from "../../../../core/images/mod.ts";
import {
  type CityscapesFrameFiles,
  type CityscapesOptions,
  type CityscapesPair,
  type CityscapesTally,
  EVALUATED_LABELS,
  frameScore,
  haveInstances,
  pairPredictions,
  PIXEL_LABELS,
  predictionFileName,
  readCityscapes,
  recognisePredictionIds,
  scoreCityscapesFiles,
} from "../../../../datasets/cityscapes/mod.ts";
import {
  reachableLabelIds,
  type StreetMapping,
  streetMapping,
} from "../../../../datasets/segmentation/mod.ts";
import type { Context } from "../../../context.ts";
import { checkNames } from "../../../flags/mod.ts";
import type { Tile } from "../../../report/mod.ts";
import { StageTimer, timingHooks } from "../../../timings/mod.ts";
import { finish, prepareFinish, summary, takePart } from "../finish.ts";
import type { SaveFlags, ScoreFlags, SourceFlags } from "../flags.ts";
import { drawWorst, PICTURE_SIDE, SHOWN_IMAGES } from "../pixels/draw_worst.ts";
import type { PixelFiles, SegmentingModel } from "../pixels/job.ts";
import { describeSizes, photosOf, planJobs, runModel } from "../pixels/run_model.ts";
import {
  chooseModel,
  type ChosenModel,
  networkOf,
  originOf,
  segmentingModel,
} from "../pixels/segmenting_model.ts";
import { WorstImages } from "../pixels/worst_images.ts";
import { shardsOf } from "../saved_state.ts";
import { CityscapesScored, ignoredPlaces } from "./scored.ts";

/** The flags of `bneck eval cityscapes`. */
interface CityscapesFlags extends ScoreFlags, SourceFlags, SaveFlags {
  readonly root: string;
  readonly split: string;
  readonly ids?: "labelIds" | "trainIds";
  readonly classes?: readonly string[];
  readonly instances: boolean;
}

export default async function cityscapes(this: Context, flags: CityscapesFlags): Promise<void> {
  const start = performance.now();
  checkNames("--classes", flags.classes ?? [], EVALUATED_LABELS.map(({ name }) => name));
  const chosen = await chooseModel(this, flags);
  const mapping = chosen && mapToCityscapes(this, chosen);
  const all = await readCityscapes(flags.root, flags.split);
  const run = new CityscapesRun(this, flags, chosen, mapping, all);
  const details = mapping === null ? await run.scoreFiles() : await run.scoreModel(mapping);
  this.log.info(summary(run.scored!, all.length, start, details));
  await finish(this, run.scored!, flags, { shards: shardsOf(flags.shard), tiles: await run.tiles() });
  await run.timer?.print(this, chosen === null ? undefined : networkOf(chosen, flags));
}

/** One evaluation over its frames. */
class CityscapesRun {
  scored: CityscapesScored | undefined;
  readonly frames: readonly CityscapesFrameFiles[];
  readonly worst: WorstImages<PixelFiles>;
  readonly timer: StageTimer | undefined;
  #model: SegmentingModel | undefined;

  constructor(
    readonly context: Context,
    readonly flags: CityscapesFlags,
    readonly chosen: ChosenModel | null,
    readonly mapping: StreetMapping | null,
    readonly all: readonly CityscapesFrameFiles[],
  ) {
    this.frames = takePart(all, flags);
    this.worst = new WorstImages(flags.report === undefined ? 0 : SHOWN_IMAGES);
    if (flags.timings) this.timer = new StageTimer();
  }

  /** Scores the predictions in a folder. */
  async scoreFiles(): Promise<string[]> {
    const { context, flags } = this;
    const pairs = await pairPredictions(this.frames, flags.predictions!, flags.ids);
    const recognised = flags.ids === undefined
      ? await recognisePredictionIds(
        pairs.map(({ prediction }) => prediction),
        (path) => readLabelMap(path, { maxPixels: flags.maxPixels }),
      )
      : { ids: flags.ids, because: "--ids says so" };
    context.log.info(`the predictions are read as ${recognised.ids}: ${recognised.because}`);
    const scored = await this.#begin({ predictionIds: recognised.ids, instances: this.#withInstances() });
    const progress = context.progress({ total: pairs.length, unit: "images", label: "scoring" });
    try {
      const { evaluation } = await scoreCityscapesFiles(pairs, {
        predictionIds: recognised.ids,
        checkIds: flags.ids === undefined,
        instances: scored.evaluation.options.instances,
        kept: scored.kept,
        workers: flags.workers,
        maxPixels: flags.maxPixels,
        signal: context.signal,
        ...timingHooks(this.timer),
        onScored: (pair, score) => {
          this.worst.add(pixelFiles(pair), score);
          progress.add(1, pair.prediction);
        },
      });
      scored.evaluation.merge(evaluation);
    } finally {
      progress.stop();
    }
    return this.#withoutInstances();
  }

  /** Runs the model and scores what it predicts. */
  async scoreModel({ labelIds }: StreetMapping): Promise<string[]> {
    const { context, flags, chosen } = this;
    const model = this.#model = segmentingModel(chosen!, flags, [...labelIds]);
    const options: CityscapesOptions = { predictionIds: "labelIds", instances: this.#withInstances() };
    const scored = await this.#begin(options);
    const photos = photosOf(this.frames.map(pixelFiles), `${flags.root}/leftImg8bit/${flags.split}`)
      .map((photo) => options.instances ? photo : { ...photo, instances: null });
    const jobs = await planJobs(photos, flags, ({ name }) => predictionFileName({ name }, "labelIds"));
    const sizes = await runModel(
      context,
      jobs,
      {
        model,
        scoring: { benchmark: "cityscapes", options },
        palette: LABEL_COLORS,
        workers: flags.workers,
        maxPixels: flags.maxPixels,
        timer: this.timer,
      },
      (job, { tally }) => {
        scored.evaluation.addTally(tally as CityscapesTally);
        this.worst.add(job, frameScore(tally.counts, scored.kept));
      },
    );
    return [...describeSizes(sizes), ...this.#withoutInstances()];
  }

  /** The pictures of the worst images. */
  tiles(): Promise<Tile[]> {
    const { options } = this.scored!.evaluation;
    return drawWorst(this.context, this.worst.list, {
      model: this.#model,
      scoring: { benchmark: "cityscapes", options },
      palette: LABEL_COLORS,
      ignored: ignoredPlaces(this.scored!.kept),
      side: PICTURE_SIDE,
      maxPixels: this.flags.maxPixels,
    }, this.flags.workers);
  }

  async #begin(options: CityscapesOptions): Promise<CityscapesScored> {
    const { flags, chosen } = this;
    const settings = {
      split: flags.split,
      origin: originOf(chosen, flags),
      limit: flags.limit ?? null,
      classes: this.#classes(),
    };
    this.scored = new CityscapesScored(settings, options);
    await prepareFinish(this.scored, flags);
    return this.scored;
  }

  /** Instances say nothing where only some of the classes are scored. All shards have to decide alike. */
  #withInstances(): boolean {
    return this.flags.instances && this.#classes() === null && haveInstances(this.all);
  }

  /** What is to be said where iIoU was asked for and cannot be had. */
  #withoutInstances(): string[] {
    const lacking = this.flags.instances && this.#classes() === null &&
      !this.scored!.evaluation.options.instances;
    return lacking ? ["no iIoU, as there are no *_instanceIds.png"] : [];
  }

  /** The classes that are scored, in Cityscapes' order; `null` for all. */
  #classes(): string[] | null {
    const { flags: { classes: wanted }, mapping } = this;
    const reachable = mapping === null || mapping.missing.length === 0 ? null : reachableLabelIds(mapping);
    if (wanted === undefined && reachable === null) return null;
    const names = EVALUATED_LABELS
      .filter(({ id, name }) => wanted?.includes(name) ?? reachable!.has(id)).map(({ name }) => name);
    return names.length === EVALUATED_LABELS.length ? null : names;
  }
}

const LABEL_COLORS = PIXEL_LABELS.map(({ color }) => color);

function mapToCityscapes(context: Context, { entry, labels }: ChosenModel): StreetMapping {
  const mapping = streetMapping(labels.map(({ name }) => name));
  const { matched, unmatched } = mapping;
  if (matched.length === 0) {
    throw usageError(`${entry.name} cannot be scored on Cityscapes: none of its classes is one of the 19`);
  }
  const renamed = matched.filter(({ name, cityscapes }) => name !== cityscapes)
    .map(({ name, cityscapes }) => `${name} → ${cityscapes}`);
  if (renamed.length > 0) {
    context.log.info(`classes of ${entry.name} by Cityscapes' names: ${renamed.join(", ")}`);
  }
  if (unmatched.length > 0) {
    context.log.warn(
      `Cityscapes has no class for ${unmatched.join(", ")}; they count as mistakes where predicted`,
    );
  }
  return mapping;
}

function pixelFiles(frame: CityscapesFrameFiles | CityscapesPair): PixelFiles {
  const { name, labelIds, instanceIds, image } = frame;
  const prediction = "prediction" in frame ? frame.prediction : null;
  return { name, truth: labelIds, instances: instanceIds, image, prediction };
}
