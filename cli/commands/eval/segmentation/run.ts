/**
 * The code of `bneck eval segmentation`.
 *
 * @module
 */
import { inputError, usageError } from "../../../../core/errors.ts";
import { importLater } from "../../../../core/import_later.ts";
import {
  type ClassList,
  countShared,
  matchClasses,
  paletteNotes,
  readClassList,
  readIdMap,
  readNames,
  SegmentationMetric,
  segmentationSet,
} from "../../../../datasets/segmentation/mod.ts";
import { isToBeDrawn } from "../../../../datasets/labelling/is_drawn.ts";
import type { Context } from "../../../context.ts";
import { DEFAULT_MODEL } from "../../predict/flags.ts";
import { chooseModel, originOf } from "../chosen_model.ts";
import { identityOf } from "../saved_state.ts";
import { type PixelFlags, runPixelEvaluation, warnUnused } from "../pixels/run.ts";
import { benchmark, plainMap, scoredList } from "./presentation.ts";

/** The flags of `bneck eval segmentation`. */
interface SegmentationFlags extends PixelFlags {
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
  const { images, labels, predictions, limit, shard } = flags;
  if (images === undefined && predictions === undefined) {
    throw usageError("nothing to score: give --images to run a model over, or --predictions");
  }
  const list = await readClassList(flags.classes, flags.ignore);
  const chosen = await chooseModel(this, flags, "segment", await defaultModel(this, flags, list));
  const drawn = await isToBeDrawn(labels, images)
    ? await (await importLater<typeof import("../../../../datasets/labelling/drawn_set.ts")>(
      import.meta.resolve("../../../../datasets/labelling/drawn_set.ts"),
    )).readDrawnSet(labels, list, images)
    : undefined;
  for (const note of drawn?.notes ?? []) this.log.warn(note);
  const set = await segmentationSet({
    labels,
    drawn,
    images,
    // Photos beside predictions are only for the report.
    needImages: predictions === undefined || flags.report !== undefined,
    only: flags.list === undefined ? undefined : await readNames(flags.list),
    limit,
    shard,
  });
  warnUnused(this, "image", set.unusedImages);
  const maps = drawn ? [] : set.images.map(({ label }) => label);
  for (const note of await paletteNotes(maps, list)) this.log.warn(note);
  const truthMap = flags.map === undefined ? undefined : await readIdMap(flags.map);
  const predictionMap = flags.mapPredictions === undefined
    ? undefined
    : await readIdMap(flags.mapPredictions);
  const matched = chosen &&
    matchClasses(chosen.labels.segment!.map(({ name }) => name), list, predictionMap);
  if (matched && matched.unmatched.length > 0) {
    this.log.warn(
      `the data set has no class for ${matched.unmatched.join(", ")}; they count as mistakes where predicted`,
    );
  }
  const metric = new SegmentationMetric({ list, truthMap, predictionMap, boundaryTolerance: flags.boundary });
  const identity = await identityOf(flags, set);
  const settings = () => ({
    ...identity,
    list: scoredList(metric.options.list),
    origin: originOf(chosen, flags),
    limit: limit ?? null,
    boundary: flags.boundary ?? null,
    leftOut: matched?.leftOut ?? [],
    maps: { truth: plainMap(truthMap), predictions: plainMap(predictionMap) },
  });
  const { classes, map, mapPredictions, list: only } = flags;
  const inputs = { classes, map, mapPredictions, list: only };
  await runPixelEvaluation(this, flags, { benchmark, set, metric, settings, chosen, start, inputs });
  if (shard === undefined && metric.images > 0 && metric.result().pixels === 0) {
    throw inputError(
      "there is nothing to score: all pixels of the ground truth are ignored by the class list or --ignore",
    );
  }
}

/** The embedded model that has most of the data set's classes, where none is named. */
async function defaultModel(
  context: Context,
  { model, weights, predictions }: SegmentationFlags,
  list: ClassList,
): Promise<string> {
  if (model !== undefined || weights !== undefined || predictions !== undefined) return DEFAULT_MODEL;
  const { MODELS } = await importLater<typeof import("../../../../models/registry.ts")>(
    import.meta.resolve("../../../../models/registry.ts"),
  );
  const [best] = MODELS.filter(({ labels, weights }) =>
    labels.segment && !weights.some(({ download }) => download)
  )
    .map(({ name, labels }) => ({ name, shared: countShared(labels.segment!.map(({ name }) => name), list) }))
    .sort((a, b) => b.shared - a.shared);
  context.log.info(`${best.name} is run: it has ${best.shared} of the ${list.classes.length} classes`);
  return best.name;
}
