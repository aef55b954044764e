/** The run that the benchmarks of label images share. */
import { ImageNotes } from "../../../../core/images/notes.ts";
import type { EvaluationSet, SetImage } from "../../../../datasets/evaluation_set.ts";
import type { PairScore, PixelMetric } from "../../../../datasets/segmentation/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import { drawImages, evaluate, Lowest } from "../../../../models/evaluation/mod.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { type PathsByFlag, type ReadFile, refuseReplacing } from "../../../replacing.ts";
import { StageTimer } from "../../../timings/mod.ts";
import { runOptions } from "../run_options.ts";
import { type Benchmark, evaluationOf, type MergeableMetric } from "../benchmark.ts";
import { describeSizes, networkOf } from "../chosen_model.ts";
import { finish, prepareFinish, summary } from "../finish.ts";
import type { SaveFlags, ScoreFlags, SourceFlags } from "../flags.ts";
import { shardsOf } from "../saved_state.ts";
import { imageTile } from "./pixel_report.ts";

/** The flags that these benchmarks share. */
export interface PixelFlags extends ScoreFlags, SourceFlags, SaveFlags {
  readonly tta?: "flip";
}

/** What differs between the benchmarks. */
export interface PixelRun<
  Image extends SetImage,
  Tally,
  Metric extends PixelMetric<Tally> & MergeableMetric,
  Settings,
> {
  readonly benchmark: Benchmark<Metric, Settings>;
  readonly set: EvaluationSet<Image, Tally, Metric>;
  readonly metric: Metric;
  /** What must be the same in evaluations that are merged, once the model is matched. */
  readonly settings: () => Settings;
  /** The model to run, `null` where predictions are given. */
  readonly chosen: RunnableModel | null;
  /** When the command began, of `performance.now()`. */
  readonly start: number;
  /** Files that only this benchmark reads, by flag. */
  readonly inputs?: PathsByFlag;
  /** What the closing line adds, once all is scored. */
  readonly details?: () => readonly string[];
}

/** Images that a report shows. */
const SHOWN_IMAGES = 12;

/** Evaluates, prints the scores and writes what the flags ask for. */
export async function runPixelEvaluation<
  Image extends SetImage,
  Tally,
  Metric extends PixelMetric<Tally> & MergeableMetric,
  Settings,
>(
  context: Context,
  flags: PixelFlags,
  { benchmark, set, metric, chosen, start, inputs, details = () => [], ...run }: PixelRun<
    Image,
    Tally,
    Metric,
    Settings
  >,
): Promise<void> {
  if (chosen !== null) {
    set.matchModel({ name: chosen.name, classes: chosen.labels.segment! }, metric);
  }
  const { model, weights, modelLabels, saveState, report } = flags;
  const outputs = { saveState, report };
  refuseReplacing(outputs, { ...inputs, model, weights, modelLabels }, filesOf(set));
  const settings = run.settings();
  await prepareFinish(evaluationOf(benchmark, metric, settings), flags);
  const { savePredictions, overwrite, tta } = flags;
  const source = chosen ?? { predictions: flags.predictions! };
  const worst = new Lowest<{ image: Image; score: PairScore }>(flags.report === undefined ? 0 : SHOWN_IMAGES);
  const timer = flags.timings ? new StageTimer() : undefined;
  const label = chosen === null ? "scoring" : "evaluating";
  const notes = new ImageNotes();
  const progress = context.progress({ total: set.images.length, unit: "images", label });
  const evaluated = await evaluate(source, set, metric, {
    ...runOptions(flags, context, timer),
    savePredictions,
    overwrite,
    segment: { tta },
    onPredictions: ({ images, notes, unused }) => {
      refuseReplacing(
        outputs,
        {},
        images.map(({ prediction }) => ({ what: "a prediction", path: prediction })),
      );
      for (const note of notes) context.log.info(note);
      warnUnused(context, "prediction", unused);
    },
    onNotes: ({ image }, found) => notes.add(image!, found),
    onImage: (image, tally, sizes) => {
      if (sizes !== undefined) timer?.see(sizes);
      const score = metric.imageScore(tally);
      worst.add({ image, score }, score.meanIou);
      progress.add(1, chosen === null ? image.prediction! : image.image!);
    },
  }).finally(() => progress.stop());

  for (const line of notes.lines()) context.log.warn(line);
  const evaluation = evaluationOf(benchmark, metric, settings);
  context.log.info(summary(evaluation, set.total, start, [...describeSizes(evaluated), ...details()]));
  const images = worst.items.map(({ image }) => image);
  const drawn = await drawImages(evaluated.worker!, metric.drawing(), images, {
    workers: flags.workers,
    signal: context.signal,
  });
  const tiles = drawn.map((drawing, k) => imageTile(images[k].name, worst.items[k].score, drawing));
  const evaluatedOn = { model: chosen, digests: evaluated.digests, files: inputs ?? {} };
  await finish(context, evaluation, flags, { shards: shardsOf(flags.shard), tiles, evaluated: evaluatedOn });
  await timer?.print(context, chosen === null ? undefined : networkOf(chosen, flags, "segment"));
}

/** The files of a set. */
function* filesOf<Image extends SetImage, Tally, Metric extends PixelMetric<Tally>>(
  { images, truthFiles }: EvaluationSet<Image, Tally, Metric>,
): Generator<ReadFile> {
  for (const image of images) {
    yield { what: "an image", path: image.image };
    for (const path of truthFiles?.(image) ?? []) yield { what: "a label", path };
  }
}

/** Warns of files that no ground truth belongs to. */
export function warnUnused(context: Context, what: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const more = paths.length > 3 ? ", … (--verbose lists all)" : "";
  context.log.warn(
    `${plural(paths.length, what)} left out for lack of ground truth: ${paths.slice(0, 3).join(", ")}${more}`,
  );
  if (paths.length > 3) { for (const path of paths) context.log.debug(`  ${path}`); }
}
