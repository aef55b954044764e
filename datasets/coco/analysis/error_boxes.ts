/**
 * The boxes that show what is right and wrong in an image.
 *
 * @module
 */
import type { Color, LabelledBox } from "../../../core/images/mod.ts";
import type { DetectionAnalysis } from "./analyse_detections.ts";
import { ERROR_TYPES, type ErrorType } from "./error_types.ts";
import type { WorstImage } from "./analyse_detections.ts";

/** The colour of what is right: objects that were found, and the detections that found them. */
export const RIGHT_COLOR: Color = [40, 150, 70];

/** The colour of regions of many objects, which are not counted. */
export const CROWD_COLOR: Color = [140, 140, 140];

/** The colours of objects that were not found, and of detections by the type of their error. */
export const ERROR_COLORS: Readonly<Record<ErrorType, Color>> = {
  classification: [142, 68, 190],
  localisation: [235, 130, 20],
  both: [130, 85, 45],
  duplicate: [45, 110, 200],
  background: [215, 55, 140],
  missed: [205, 35, 35],
};

/**
 * The boxes of an image's annotations; those that were not found come first, to be drawn over the others.
 *
 * @param scale pixels of the drawing by pixel of the image
 */
export function truthBoxes(
  { truth, shown }: DetectionAnalysis,
  { annotations }: WorstImage,
  scale: number,
): LabelledBox[] {
  const evaluated = new Set(shown.categories.map(({ id }) => id));
  const boxes = annotations.flatMap((row) => {
    const category = truth.categories[truth.category[row]];
    if (category === undefined || !evaluated.has(category.id)) return [];
    const crowd = truth.crowd[row] === 1, unfound = shown.unfound[row] === 1;
    const box: LabelledBox = {
      ...boxAt(truth.box, row, scale),
      label: crowd ? `${category.name} (crowd)` : category.name,
      color: crowd ? CROWD_COLOR : unfound ? ERROR_COLORS.missed : RIGHT_COLOR,
    };
    return [{ order: unfound ? 0 : crowd ? 2 : 1, box }];
  });
  return boxes.sort((a, b) => a.order - b.order).map(({ box }) => box);
}

/**
 * The boxes of an image's detections, by descending score, in the colour of their error.
 *
 * @param scale pixels of the drawing by pixel of the image
 */
export function foundBoxes(
  { truth, detections, shown }: DetectionAnalysis,
  worst: WorstImage,
  scale: number,
): LabelledBox[] {
  const evaluated = new Set(shown.categories.map(({ id }) => id));
  const { score, category } = detections;
  return worst.detections.filter((row) => evaluated.has(truth.categories[category[row]].id))
    .sort((a, b) => score[b] - score[a])
    .map((row) => {
      const error = ERROR_TYPES[shown.detectionError[row] - 1];
      return {
        ...boxAt(detections.box, row, scale),
        label: `${truth.categories[category[row]].name} ${score[row].toFixed(2)}`,
        color: error === undefined ? RIGHT_COLOR : ERROR_COLORS[error],
      };
    });
}

function boxAt(boxes: Float64Array, row: number, scale: number) {
  const [x, y, width, height] = boxes.subarray(4 * row, 4 * row + 4);
  return { x1: x * scale, y1: y * scale, x2: (x + width) * scale, y2: (y + height) * scale };
}
