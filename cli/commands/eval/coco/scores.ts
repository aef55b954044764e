/** The numbers that are shown of an evaluation. */
import {
  type CategoryRow,
  categoryTable,
  type CocoResult,
  meanOf,
  precisionRecallCurves,
  type Statistics,
  summarize,
} from "../../../../datasets/coco/mod.ts";

/** The scores of a class, with the point of its precision-recall curve that has the best F1 (at IoU 0.5). */
export interface ClassScores extends CategoryRow {
  readonly best: { readonly f1: number; readonly score: number } | null;
}

/** All that is shown of an evaluation. */
export interface CocoScores {
  readonly result: CocoResult;
  readonly statistics: Statistics;
  /** AP at each IoU threshold, -1 where there is nothing to measure. */
  readonly apByIou: readonly { readonly iou: number; readonly ap: number }[];
  /** In the order of the category ids. */
  readonly classes: readonly ClassScores[];
  /** Objects that count: no crowds. */
  readonly objects: number;
}

/** The numbers behind everything that is shown. */
export function scoresOf(result: CocoResult): CocoScores {
  const { params } = result;
  const maxDetections = params.maxDetections[params.maxDetections.length - 1];
  const curves = precisionRecallCurves(result).filter(({ best }) => best.f1 > 0);
  const best = new Map(curves.map(({ category, best }) => [category.id, best]));
  const classes = categoryTable(result).map((row) => ({ ...row, best: best.get(row.category.id) ?? null }));
  return {
    result,
    statistics: summarize(result),
    apByIou: params.iouThresholds.map((iou) => ({
      iou,
      ap: meanOf(result, { measure: "precision", iouThreshold: iou, maxDetections }),
    })),
    classes,
    objects: classes.reduce((sum, { truths }) => sum + truths, 0),
  };
}

/** pycocotools' -1 is not a score. */
export function measured(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}
