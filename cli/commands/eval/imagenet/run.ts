/**
 * The code of `bneck eval imagenet`.
 *
 * @module
 */
import { usageError } from "../../../../core/errors.ts";
import { importLater } from "../../../../core/import_later.ts";
import { ImageNotes } from "../../../../core/images/notes.ts";
import {
  AccuracyMetric,
  type ImagenetImage,
  type ImagenetSet,
  imagenetSet,
  mapOutputs,
  type RankedClasses,
  readClassTable,
} from "../../../../datasets/imagenet/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import type { EvaluationRun } from "../../../../models/evaluation/mod.ts";
import { Lowest } from "../../../../models/evaluation/lowest.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { refuseReplacing } from "../../../replacing.ts";
import { StageTimer } from "../../../timings/mod.ts";
import { runOptions } from "../run_options.ts";
import { evaluationOf } from "../benchmark.ts";
import { chooseModel, describeSizes, networkOf, originOf } from "../chosen_model.ts";
import { finish, prepareFinish, summary } from "../finish.ts";
import type { ScoreFlags, SourceFlags } from "../flags.ts";
import { digestOfFile, identityOf, shardsOf } from "../saved_state.ts";
import type { Mistake } from "./mistake_tiles.ts";
import { benchmark, classNames, type ImagenetSettings } from "./presentation.ts";

/** The flags of `bneck eval imagenet`. */
interface ImagenetFlags extends ScoreFlags, SourceFlags {
  readonly images: string;
  readonly labels?: string;
  readonly classTable?: string;
  readonly background: boolean;
}

/** Images of mistakes in a report. */
const SHOWN_MISTAKES = 24;

export default async function imagenet(this: Context, flags: ImagenetFlags): Promise<void> {
  const start = performance.now();
  if (flags.predictions === undefined && flags.model === undefined && flags.weights === undefined) {
    throw usageError("nothing to score: give --model, --weights or --predictions");
  }
  const chosen = await chooseModel(this, flags, "classify");
  const set = await readSet(this, flags, chosen);
  refuseToReplace(flags, set);
  const metric = new AccuracyMetric(set.classCount);
  const settings: ImagenetSettings = {
    classes: set.classes?.map(({ label }) => label) ?? set.classCount,
    origin: originOf(chosen, flags),
    limit: flags.limit ?? null,
    predictions: await digestOfFile(flags.predictions, flags.saveState),
    ...await identityOf(flags, set),
  };
  await prepareFinish(evaluationOf(benchmark, metric, settings), flags);

  const nameOf = classNames(settings);
  const mistakes = new Lowest<Mistake>(flags.report === undefined ? 0 : SHOWN_MISTAKES);
  const onImage = ({ image: path }: ImagenetImage, { ranked: [first], score, truth }: RankedClasses) => {
    if (first === truth) return;
    mistakes.add({ path, truth: nameOf(truth), predicted: nameOf(first), score }, -score);
  };
  const timer = flags.timings ? new StageTimer() : undefined;
  let run: EvaluationRun | undefined;
  if (chosen !== null) run = await classify(this, flags, { chosen, set, metric, timer, onImage });
  else {
    const score = () => set.addPredictions(flags.predictions!, metric, { onImage });
    await (timer === undefined ? score() : timer.measure("read + score", score));
  }
  const evaluation = evaluationOf(benchmark, metric, settings);
  this.log.info(summary(evaluation, set.total, start, run ? describeSizes(run) : []));
  const { mistakeTiles } = await importLater<typeof import("./mistake_tiles.ts")>(
    import.meta.resolve("./mistake_tiles.ts"),
  );
  const tiles = await mistakeTiles(mistakes.items, flags);
  const { labels, classTable, predictions } = flags;
  const evaluated = {
    model: chosen,
    digests: run?.digests,
    files: { labels, "class table": classTable, predictions },
  };
  await finish(this, evaluation, flags, { shards: shardsOf(flags.shard), tiles, evaluated });
  await timer?.print(this, chosen === null ? undefined : networkOf(chosen, flags, "classify"));
}

function refuseToReplace(flags: ImagenetFlags, { images }: ImagenetSet): void {
  const { saveState, report, model, weights, modelLabels, labels, classTable, predictions } = flags;
  refuseReplacing(
    { saveState, report },
    { model, weights, modelLabels, labels, classTable, predictions },
    images.map(({ image }) => ({ what: "an image", path: image })),
  );
}

/** The images and their classes: those of the table, or the classifier's own. */
async function readSet(
  context: Context,
  { images, labels, classTable, background, limit, shard }: ImagenetFlags,
  chosen: RunnableModel | null,
): Promise<ImagenetSet> {
  const table = classTable === undefined ? undefined : await readClassTable(classTable);
  const classes = chosen === null ? table : mapOutputs(chosen.labels.classify!, table).classes;
  const set = await imagenetSet(images, { labels, classes, background, limit, shard });
  if (set.assumed !== null) context.log.info(set.assumed);
  const { unlabelled } = set;
  if (unlabelled.length > 0) {
    context.log.warn(
      `${plural(unlabelled.length, "image")} left out because they have no label, such as ${unlabelled[0]}`,
    );
  }
  return set;
}

/** What is run. */
interface Classifying {
  readonly chosen: RunnableModel;
  readonly set: ImagenetSet;
  readonly metric: AccuracyMetric;
  readonly timer: StageTimer | undefined;
  readonly onImage: (image: ImagenetImage, prediction: RankedClasses) => void;
}

/** Runs the classifier over the set. */
async function classify(
  context: Context,
  flags: ImagenetFlags,
  { chosen, set, metric, timer, onImage }: Classifying,
): Promise<EvaluationRun> {
  const { evaluate } = await importLater<typeof import("../../../../models/evaluation/evaluate.ts")>(
    import.meta.resolve("../../../../models/evaluation/evaluate.ts"),
  );
  const notes = new ImageNotes();
  const progress = context.progress({ total: set.images.length, unit: "images", label: "classifying" });
  const run = await evaluate<ImagenetImage, RankedClasses, AccuracyMetric>(
    chosen,
    set,
    metric,
    {
      ...runOptions(flags, context, timer),
      onNotes: ({ image }, found) => notes.add(image, found),
      onImage(image, prediction, sizes) {
        timer?.see(sizes!);
        onImage(image, prediction);
        progress.add(1, image.image);
      },
    },
  ).finally(() => progress.stop());
  for (const line of notes.lines()) context.log.warn(line);
  return run;
}
