/**
 * The code of `bneck eval imagenet`.
 *
 * @module
 */
import { usageError } from "../../../../core/errors.ts";
import {
  type ImageClass,
  type ImageSample,
  type ImageSamples,
  readClassTable,
  readImageSamples,
} from "../../../../datasets/imagenet/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import { type ModelRequest, resolveModel } from "../../../../models/open.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { formatSize } from "../../../flags/mod.ts";
import { StageTimer } from "../../../timings/mod.ts";
import { finish, prepareFinish, summary, takePart } from "../finish.ts";
import { scoredModel, type ScoreFlags, type SourceFlags } from "../flags.ts";
import { describeSizes } from "../pixels/run_model.ts";
import { shardsOf } from "../saved_state.ts";
import { mapOutputs, type MappedOutputs } from "./class_mapping.ts";
import { runClassifier } from "./run_classifier.ts";
import { ImagenetScored } from "./scored.ts";
import { scorePredictions, type TakeRanked } from "./score_predictions.ts";
import { WrongImages } from "./wrong_images.ts";

/** The flags of `bneck eval imagenet`. */
interface ImagenetFlags extends ScoreFlags, SourceFlags {
  readonly images: string;
  readonly labels?: string;
  readonly classTable?: string;
  readonly background: boolean;
}

/** Images of mistakes in a report. */
const SHOWN_MISTAKES = 24;

/** The classes of ImageNet, where nothing says how many there are. */
const IMAGENET_CLASSES = 1000;

export default async function imagenet(this: Context, flags: ImagenetFlags): Promise<void> {
  const start = performance.now();
  const chosen = await chooseClassifier(this, flags);
  const entry = chosen?.entry;
  const table = flags.classTable === undefined ? undefined : await readClassTable(flags.classTable);
  const mapped = entry === undefined ? null : mapOutputs(entry.labels.classify!, table);
  const { samples } = await readSamples(this, flags, mapped?.classes ?? table);
  const part = takePart(samples, flags);

  const scored = new ImagenetScored({
    classes: (mapped?.classes ?? table)?.map(({ label }) => label) ?? classCount(samples, flags),
    origin: { model: entry?.name ?? null, size: flags.size === undefined ? null : formatSize(flags.size) },
    limit: flags.limit ?? null,
  });
  refuseUnknownClasses(samples, scored.evaluation.classes);
  await prepareFinish(scored, flags);
  const wrong = new WrongImages(flags.report === undefined ? 0 : SHOWN_MISTAKES, flags.maxPixels);
  const take: TakeRanked = ({ image: path, index }, ranked, score) => {
    scored.add(ranked, index);
    if (ranked[0] === index) return;
    wrong.add({ path, truth: scored.nameOf(index), predicted: scored.nameOf(ranked[0]), score });
  };
  const timer = flags.timings ? new StageTimer() : undefined;
  const details: string[] = [];
  if (mapped !== null) {
    details.push(...await classify(this, flags, { ...chosen!, ...mapped, timer }, part, take));
  } else {
    const predicted = { samples: part, all: samples, offset: flags.background ? 1 : 0 } as const;
    const score = () => scorePredictions(flags.predictions!, predicted, take);
    await (timer === undefined ? score() : timer.measure("read + score", score));
  }
  this.log.info(summary(scored, samples.length, start, details));
  await finish(this, scored, flags, { shards: shardsOf(flags.shard), tiles: await wrong.tiles() });
  await timer?.print(
    this,
    entry && (() => entry.build(["classify"], flags.size)),
  );
}

/** A classifier and how its workers find it. */
interface ChosenClassifier {
  readonly entry: RunnableModel;
  readonly request: ModelRequest;
}

/** The classifier that `--model` or `--weights` names; `null` where predictions are given instead. */
async function chooseClassifier(context: Context, flags: ImagenetFlags): Promise<ChosenClassifier | null> {
  if (flags.predictions !== undefined) return null;
  if (flags.model === undefined && flags.weights === undefined) {
    throw usageError("nothing to score: give --model, --weights or --predictions");
  }
  const request = scoredModel(flags);
  const entry = await resolveModel(request);
  for (const warning of entry.warnings ?? []) context.log.warn(warning);
  if (!entry.tasks.includes("classify") || entry.labels.classify === undefined) {
    throw usageError(`${entry.name} cannot classify; it can ${entry.tasks.join(" and ")}`);
  }
  return { entry, request };
}

/** What is run. */
interface Classifier extends ChosenClassifier, MappedOutputs {
  readonly timer?: StageTimer;
}

async function classify(
  context: Context,
  { size, workers, maxPixels }: ImagenetFlags,
  { request, classOf, timer }: Classifier,
  samples: readonly ImageSample[],
  take: TakeRanked,
): Promise<string[]> {
  const settings = { model: request, inputSize: size };
  const run = { settings, classOf, workers, maxPixels, timer };
  return describeSizes(await runClassifier(context, samples, run, take));
}

async function readSamples(
  context: Context,
  { images, labels }: ImagenetFlags,
  classes: readonly ImageClass[] | undefined,
): Promise<ImageSamples> {
  const found = await readImageSamples({ images, labels, classes });
  if (found.assumed !== null) context.log.info(found.assumed);
  const { unlabelled } = found;
  if (unlabelled.length > 0) {
    context.log.warn(
      `${plural(unlabelled.length, "image")} left out for lack of a label, such as ${unlabelled[0]}`,
    );
  }
  return found;
}

/** Labels that are no classes of the model or the table. */
function refuseUnknownClasses(samples: readonly ImageSample[], classes: number): void {
  const odd = samples.find(({ index }) => index >= classes);
  if (odd === undefined) return;
  throw usageError(
    `${odd.image} is labelled as class ${odd.index}, but the ${classes} classes are 0 to ${classes - 1}`,
  );
}

/** Without a table, classes in folders are as many as these; indices in a file are ImageNet's. */
function classCount(samples: readonly ImageSample[], { labels }: ImagenetFlags): number {
  const largest = samples.reduce((most, { index }) => Math.max(most, index), 0);
  return labels === undefined ? largest + 1 : Math.max(IMAGENET_CLASSES, largest + 1);
}
