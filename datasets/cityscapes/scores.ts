/**
 * The Cityscapes scores of a confusion matrix and instance statistics, in the layout of the official result
 * file.
 *
 * @module
 */
import { mean, type PairScore, ratio } from "../segmentation/segmentation_scores.ts";
import { INSTANCE_CATEGORIES, INSTANCE_CLASSES, type InstanceScores } from "./instance_scores.ts";
import { CITYSCAPES_CATEGORIES, EVALUATED_LABELS, PIXEL_LABELS } from "./labels.ts";

/** A score by name of class or category; `null` where the official file has NaN. */
export type ScoresByName = Readonly<Record<string, number | null>>;

/** What `resultPixelLevelSemanticLabeling.json` holds, field by field. */
export interface CityscapesResult {
  /** Pixels by label id: `[34][34]`, truth × prediction. */
  readonly confMatrix: readonly (readonly number[])[];
  /** The share of all pixels, by class of the ground truth. */
  readonly priors: ScoresByName;
  /** Label ids by name. */
  readonly labels: Readonly<Record<string, number>>;
  readonly classScores: ScoresByName;
  readonly classInstScores: ScoresByName;
  readonly categoryScores: ScoresByName;
  readonly categoryInstScores: ScoresByName;
  /** The figure that is called mIoU. */
  readonly averageScoreClasses: number | null;
  readonly averageScoreInstClasses: number | null;
  readonly averageScoreCategories: number | null;
  readonly averageScoreInstCategories: number | null;
}

/**
 * Scores as cityscapesScripts' evalPixelLevelSemanticLabeling: pixels whose ground truth is ignored are left
 * out, and an ignored class predicted elsewhere is a miss.
 *
 * @param confMatrix `[34][34]` by label id, truth × prediction
 */
export function cityscapesScores(
  confMatrix: readonly (readonly number[])[],
  instances: InstanceScores,
): CityscapesResult {
  const ids = PIXEL_LABELS.map(({ id }) => id);
  const total = pixelsIn(confMatrix, ids, ids);
  const statistics = instances.result();
  const classScores = byName((label) => label.ignoreInEval ? null : iou(confMatrix, [label.id], SCORED_IDS));
  const classInstScores = byName(({ id, name }) => {
    if (!INSTANCE_CLASSES.includes(name)) return null;
    return instanceIou(statistics.classes[name], pixelsIn(confMatrix, without(SCORED_IDS, [id]), [id]));
  });
  const categoryScores = byCategory((category) => {
    const members = EVALUATED_LABELS.filter((label) => label.category === category).map(({ id }) => id);
    return members.length === 0 ? null : iou(confMatrix, members, SCORED_IDS);
  });
  const categoryInstScores = byCategory((category) => {
    const members = INSTANCE_CATEGORIES.get(category);
    if (members === undefined) return null;
    const falsePositives = pixelsIn(confMatrix, without(SCORED_IDS, members), members);
    return instanceIou(statistics.categories[category], falsePositives);
  });
  return {
    confMatrix,
    priors: byName(({ id }) => ratio(pixelsIn(confMatrix, [id], ids), total)),
    labels: Object.fromEntries(PIXEL_LABELS.map(({ id, name }) => [name, id])),
    classScores,
    classInstScores,
    categoryScores,
    categoryInstScores,
    averageScoreClasses: mean(Object.values(classScores)),
    averageScoreInstClasses: mean(Object.values(classInstScores)),
    averageScoreCategories: mean(Object.values(categoryScores)),
    averageScoreInstCategories: mean(Object.values(categoryInstScores)),
  };
}

/**
 * Scores of a part of the classes, everything else treated as ignored ground truth: scores of classes that are left
 * out, and what needs them, are `null`.
 */
export interface PartialResult extends CityscapesResult {
  /** The classes that are not scored. */
  readonly leftOut: readonly string[];
  /** The share of the 19 classes' pixels that belongs to the classes that are scored. */
  readonly coverage: number | null;
}

/**
 * Scores only some of the classes, for a model that does not know the others: pixels of these are left out as ignored
 * ground truth is.
 */
export function partialResult(result: CityscapesResult, classes: readonly string[]): PartialResult {
  const kept = new Set(EVALUATED_LABELS.filter(({ name }) => classes.includes(name)).map(({ id }) => id));
  const { classScores, averageScoreClasses, coverage } = partialScores(result.confMatrix, kept);
  const none = (scores: ScoresByName) => Object.fromEntries(Object.keys(scores).map((name) => [name, null]));
  return {
    ...result,
    classScores: { ...none(result.classScores), ...classScores },
    classInstScores: none(result.classInstScores),
    categoryScores: none(result.categoryScores),
    categoryInstScores: none(result.categoryInstScores),
    averageScoreClasses,
    averageScoreInstClasses: null,
    averageScoreCategories: null,
    averageScoreInstCategories: null,
    leftOut: EVALUATED_LABELS.map(({ name }) => name).filter((name) => !classes.includes(name)),
    coverage,
  };
}

/** Scores of some of the classes. */
export interface PartialScores {
  readonly classScores: ScoresByName;
  /** The mean over the classes that are scored. */
  readonly averageScoreClasses: number | null;
  /** See {@linkcode PartialResult}. */
  readonly coverage: number | null;
}

/**
 * Scores only the `kept` label ids; see {@linkcode partialResult}.
 *
 * @param confMatrix `[34][34]` by label id, truth × prediction
 */
export function partialScores(
  confMatrix: readonly (readonly number[])[],
  kept: ReadonlySet<number>,
): PartialScores {
  const ids = PIXEL_LABELS.map(({ id }) => id);
  const keptIds = SCORED_IDS.filter((id) => kept.has(id));
  const classScores = Object.fromEntries(
    keptIds.map((id) => [PIXEL_LABELS[id].name, iou(confMatrix, [id], keptIds)]),
  );
  return {
    classScores,
    averageScoreClasses: mean(Object.values(classScores)),
    coverage: ratio(pixelsIn(confMatrix, keptIds, ids), pixelsIn(confMatrix, SCORED_IDS, ids)),
  };
}

/**
 * The scores of one frame from its counts: `[34, 34]` by label id, truth × prediction.
 *
 * @param kept the label ids that are scored, all 19 by default; see {@linkcode partialResult}
 */
export function frameScore(counts: Float64Array, kept?: ReadonlySet<number>): PairScore {
  const rows = PIXEL_LABELS.map(({ id }) => [...counts.subarray(id * ID_COUNT, (id + 1) * ID_COUNT)]);
  const ids = kept === undefined ? SCORED_IDS : SCORED_IDS.filter((id) => kept.has(id));
  const correct = ids.reduce((pixels, id) => pixels + rows[id][id], 0);
  return {
    meanIou: mean(ids.map((id) => iou(rows, [id], ids))),
    pixelAccuracy: ratio(correct, pixelsIn(rows, ids, PIXEL_LABELS.map(({ id }) => id))),
  };
}

const ID_COUNT = PIXEL_LABELS.length;

const SCORED_IDS: readonly number[] = PIXEL_LABELS.filter(({ ignoreInEval }) => !ignoreInEval).map(({ id }) =>
  id
);

/** Intersection over union of `members` taken as one class, over ground truth of the `scored` ids. */
function iou(
  confMatrix: readonly (readonly number[])[],
  members: readonly number[],
  scored: readonly number[],
): number | null {
  const truePositives = pixelsIn(confMatrix, members, members);
  const truth = pixelsIn(confMatrix, members, PIXEL_LABELS.map(({ id }) => id));
  const falsePositives = pixelsIn(confMatrix, without(scored, members), members);
  return ratio(truePositives, truth + falsePositives);
}

function instanceIou(
  { tpWeighted, fnWeighted }: { tpWeighted: number; fnWeighted: number },
  falsePositives: number,
): number | null {
  return ratio(tpWeighted, tpWeighted + falsePositives + fnWeighted);
}

function pixelsIn(
  confMatrix: readonly (readonly number[])[],
  rows: readonly number[],
  columns: readonly number[],
): number {
  let pixels = 0;
  for (const row of rows) for (const column of columns) pixels += confMatrix[row][column];
  return pixels;
}

function without(ids: readonly number[], left: readonly number[]): number[] {
  return ids.filter((id) => !left.includes(id));
}

function byName(score: (label: typeof PIXEL_LABELS[number]) => number | null): ScoresByName {
  return Object.fromEntries(PIXEL_LABELS.map((label) => [label.name, score(label)]));
}

function byCategory(score: (category: string) => number | null): ScoresByName {
  return Object.fromEntries(CITYSCAPES_CATEGORIES.map((category) => [category, score(category)]));
}
