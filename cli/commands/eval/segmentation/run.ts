/**
 * The code of `bneck eval segmentation`.
 *
 * @module
 */
import { usageError } from "../../../../core/errors.ts";
import { reasonOf } from "../../../../core/files/mod.ts";
import type { Color, Palette } from "../../../../core/images/mod.ts";
import {
  type ClassList,
  type FolderPair,
  type FolderPairs,
  pairFolders,
  readClassList,
  readIdMap,
  scoreFolderPairs,
  segmentationScores,
  type SegmentationTally,
} from "../../../../datasets/segmentation/mod.ts";
import { withoutExtension } from "../../../../datasets/segmentation/list_files.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
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
import { matchClasses } from "./match_classes.ts";
import { plainMap, scoredColors, SegmentationScored } from "./scored.ts";

/** The flags of `bneck eval segmentation`. */
interface SegmentationFlags extends ScoreFlags, SourceFlags, SaveFlags {
  readonly images?: string;
  readonly labels: string;
  readonly classes: string;
  readonly ignore?: readonly number[];
  readonly map?: string;
  readonly mapPredictions?: string;
  readonly list?: string;
  readonly boundary?: number;
}

export default async function segmentation(this: Context, flags: SegmentationFlags): Promise<void> {
  const start = performance.now();
  if (flags.images === undefined && flags.predictions === undefined) {
    throw usageError("nothing to score: give --images to run a model over, or --predictions");
  }
  const list = await readClassList(flags.classes, flags.ignore);
  const chosen = await chooseModel(this, flags);
  const { pairs, unused, total } = await findPairs(flags);
  tellUnused(this, "image", unused.images);
  tellUnused(this, "prediction", unused.predictions);
  const { scored, model } = await prepare(this, flags, list, chosen);
  const run = new SegmentationRun(this, flags, scored, list, model);
  const details = model === null ? await run.scoreFiles(pairs) : await run.scoreModel(pairs, model);
  this.log.info(summary(scored, total, start, details));
  await finish(this, scored, flags, { shards: shardsOf(flags.shard), tiles: await run.tiles() });
  await run.timer?.print(this, chosen === null ? undefined : networkOf(chosen, flags));
}

/** The pairs that `--list`, `--limit` and `--shard` leave, and how many there are in all. */
async function findPairs(flags: SegmentationFlags): Promise<FolderPairs & { readonly total: number }> {
  const { labels, predictions } = flags;
  // Photos beside predictions are for the report alone.
  const images = predictions === undefined || flags.report !== undefined ? flags.images : undefined;
  const listed = flags.list === undefined ? undefined : await readNames(flags.list);
  const whole = await pairFolders({ labels, only: listed });
  const part = takePart(whole.pairs, flags);
  // The others may lack their prediction: they are another machine's, or nobody's yet.
  const only = part.length === whole.pairs.length
    ? listed
    : part.map(({ label }) => withoutExtension(label.slice(labels.length + 1)));
  return { ...await pairFolders({ labels, images, predictions, only }), total: whole.pairs.length };
}

async function readNames(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw usageError(`cannot read the list ${path}: ${reasonOf(error)}`, error);
  }
  const names = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (names.length === 0) throw usageError(`the list ${path} is empty`);
  return names;
}

function tellUnused(context: Context, what: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const more = paths.length > 3 ? ", … (--verbose lists all)" : "";
  context.log.warn(
    `${plural(paths.length, what)} left out for lack of ground truth: ${paths.slice(0, 3).join(", ")}${more}`,
  );
  if (paths.length > 3) { for (const path of paths) context.log.debug(`  ${path}`); }
}

/** The evaluation before anything is counted, and the model to run, if one is. */
async function prepare(
  context: Context,
  flags: SegmentationFlags,
  list: ClassList,
  chosen: ChosenModel | null,
): Promise<{ readonly scored: SegmentationScored; readonly model: SegmentingModel | null }> {
  const truthMap = flags.map === undefined ? undefined : await readIdMap(flags.map);
  const map = flags.mapPredictions === undefined ? undefined : await readIdMap(flags.mapPredictions);
  const matched = chosen && matchClasses(chosen.labels.map(({ name }) => name), list, map);
  if (matched && matched.unmatched.length > 0) {
    context.log.warn(
      `the data set has no class for ${matched.unmatched.join(", ")}; they count as mistakes where predicted`,
    );
  }
  const scored = new SegmentationScored({
    list: matched?.list ?? list,
    origin: originOf(chosen, flags),
    limit: flags.limit ?? null,
    boundary: flags.boundary ?? null,
    leftOut: matched?.leftOut ?? [],
    maps: { truth: plainMap(truthMap), predictions: plainMap(map) },
  }, { truthMap, predictionMap: matched?.predictionMap ?? map });
  await prepareFinish(scored, flags);
  return { scored, model: chosen && segmentingModel(chosen, flags, matched!.ids) };
}

/** One evaluation over its pairs. */
class SegmentationRun {
  readonly worst: WorstImages<PixelFiles>;
  readonly timer: StageTimer | undefined;

  constructor(
    readonly context: Context,
    readonly flags: SegmentationFlags,
    readonly scored: SegmentationScored,
    readonly list: ClassList,
    readonly model: SegmentingModel | null,
  ) {
    this.worst = new WorstImages(flags.report === undefined ? 0 : SHOWN_IMAGES);
    if (flags.timings) this.timer = new StageTimer();
  }

  /** Scores the predictions in a folder. */
  async scoreFiles(pairs: readonly FolderPair[]): Promise<string[]> {
    const { context, flags, scored } = this;
    const jobs = pairs.map((pair) => ({ ...pair, prediction: pair.prediction! }));
    const progress = context.progress({ total: jobs.length, unit: "images", label: "scoring" });
    try {
      const evaluation = await scoreFolderPairs(jobs, {
        ...scored.options,
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
    return [];
  }

  /** Runs the model and scores what it predicts. */
  async scoreModel(pairs: readonly FolderPair[], model: SegmentingModel): Promise<string[]> {
    const { context, flags, scored } = this;
    const photos = photosOf(pairs.map(pixelFiles), flags.images!);
    const jobs = await planJobs(photos, flags, ({ name }) => `${name}.ids.png`);
    const { classes } = scored.options.list;
    const sizes = await runModel(
      context,
      jobs,
      {
        model,
        scoring: { benchmark: "segmentation", options: scored.options },
        palette: colorsById(this.list),
        workers: flags.workers,
        maxPixels: flags.maxPixels,
        timer: this.timer,
      },
      (job, { tally }) => {
        scored.evaluation.addTally(tally as SegmentationTally);
        this.worst.add(job, segmentationScores(tally.counts, classes));
      },
    );
    return describeSizes(sizes);
  }

  /** The pictures of the worst images. */
  tiles(): Promise<Tile[]> {
    const { options } = this.scored;
    return drawWorst(this.context, this.worst.list, {
      model: this.model ?? undefined,
      scoring: { benchmark: "segmentation", options },
      palette: [...scoredColors(options.list), [0, 0, 0]],
      ignored: [options.list.classes.length],
      side: PICTURE_SIDE,
      maxPixels: this.flags.maxPixels,
    }, this.flags.workers);
  }
}

/** The colour of each pixel value, as far as the list gives them. */
function colorsById({ classes }: ClassList): Palette {
  const palette: Color[] = [];
  for (const { id, color } of classes) if (color !== undefined) palette[id] = color;
  return palette;
}

function pixelFiles({ name, label, image, prediction }: FolderPair): PixelFiles {
  return { name, truth: label, instances: null, image, prediction };
}
