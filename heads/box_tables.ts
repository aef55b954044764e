/** From tables of scores and boxes, as most exported detectors return them, to objects. */
import type { Detections, DetectionSettings } from "./detections.ts";
import { nonMaximumSuppression, selectDetections } from "./detections.ts";
import { type ImageView, placementOf } from "./head.ts";
import type { MaskParts } from "./prototype_masks.ts";

/** Numbers in rows and columns, wherever they lie: at `start + row · rowStep + column · columnStep`. */
export interface NumberTable {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly start: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** The four numbers of a box: centre, width and height; or two corners, in either order of x and y. */
export const BOX_FORMATS = ["centre", "corners", "corners-yx"] as const;

/** One of {@linkcode BOX_FORMATS}. */
export type BoxFormat = typeof BOX_FORMATS[number];

/** What the numbers of a row are, in their order; `batch` is the number of the image. */
export const ROW_ORDERS = [
  "box-score-class",
  "class-score-box",
  "batch-box-class-score",
  "batch-box-score-class",
  "batch-class-score-box",
] as const;

/** Units of boxes: pixels of the network's input, or its sides (0 to 1). */
export const BOX_UNITS = ["pixels", "sides"] as const;

/** One of {@linkcode BOX_UNITS}. */
export type BoxUnit = typeof BOX_UNITS[number];

/** How the numbers of a box are read. */
export interface BoxReading {
  readonly format: BoxFormat;
  readonly unit: BoxUnit;
}

/** Which of the boxes are objects. */
export interface ObjectChoice {
  /** Whether a box can be an object of every class that scores, not of its best alone. */
  readonly multiLabel: boolean;
  /** Of two boxes whose IoU exceeds this the weaker is dropped; absent, none is. */
  readonly iou?: number;
  /** Whether boxes of different classes suppress each other. */
  readonly agnostic?: boolean;
  /** Pixels by which the boxes of each class are moved before they are compared. @default {0} */
  readonly classOffset?: number;
}

/** The maximum number of boxes that enter suppression, as in ultralytics. */
const MAX_CANDIDATES = 30_000;

/** The table in a row-major output `[1, rows, length]`: `columns` of each row from `first`. */
export function rowTable(data: Float32Array, length: number, first: number, columns: number): NumberTable {
  return { data, rows: data.length / length, columns, start: first, rowStep: length, columnStep: 1 };
}

/** The table in an output `[1, length, rows]`, whose columns lie one after the other. */
export function columnTable(data: Float32Array, length: number, first: number, columns: number): NumberTable {
  const rows = data.length / length;
  return { data, rows, columns, start: first * rows, rowStep: 1, columnStep: rows };
}

/**
 * Objects from the scores and boxes of an image, best first, in pixels of the original image.
 *
 * @param scores probabilities, a column a class
 * @param boxes four columns
 * @param factors one column: multiplies the scores of a row
 * @param masks of the rows, where the network returns them
 */
export function readObjects(
  scores: NumberTable,
  boxes: NumberTable,
  reading: BoxReading & ObjectChoice,
  view: ImageView,
  settings: DetectionSettings,
  { factors, masks }: { readonly factors?: NumberTable; readonly masks?: MaskParts } = {},
): Detections {
  const found = best(findScores(scores, reading.multiLabel, settings, factors), MAX_CANDIDATES);
  const candidates = {
    ...found,
    boxes: readBoxes(boxes, found.rows, reading, view),
    ...(masks && { masks: { ...masks, view, rows: found.rows } }),
  };
  const iou = reading.iou === undefined ? undefined : settings.iou ?? reading.iou;
  const kept = iou === undefined
    ? Array.from({ length: Math.min(settings.max, found.count) }, (_, row) => row)
    : nonMaximumSuppression(movedByClass(candidates, reading), iou, settings.max, reading.agnostic);
  return toImage(selectDetections(candidates, kept), view);
}

/** Moves boxes in single precision, which rounds them: by that, an IoU can end on the other side of the threshold. */
function movedByClass(
  detections: Detections,
  { classOffset = 0, agnostic = false }: ObjectChoice,
): Detections {
  if (classOffset === 0 || agnostic) return detections;
  const { boxes, classes } = detections;
  return { ...detections, boxes: boxes.map((value, index) => value + classes[index >> 2] * classOffset) };
}

/** Scores above the threshold: of which row and class. */
interface FoundScores {
  readonly count: number;
  readonly rows: Int32Array;
  readonly classes: Int32Array;
  readonly scores: Float32Array;
}

function findScores(
  table: NumberTable,
  multiLabel: boolean,
  { score, classes: wanted }: DetectionSettings,
  factors?: NumberTable,
): FoundScores {
  const { data, start, rowStep, columnStep, columns } = table;
  const threshold = Math.fround(score);
  const rows: number[] = [];
  const classes: number[] = [];
  const scores: number[] = [];
  for (let row = 0, at = start; row < table.rows; row++, at += rowStep) {
    const factor = factors ? factors.data[factors.start + row * factors.rowStep] : 1;
    if (!(factor > threshold)) continue;
    let top = -Infinity;
    let topClass = -1;
    for (let k = 0, from = at; k < columns; k++, from += columnStep) {
      const value = data[from];
      if (multiLabel) {
        const product = Math.fround(value * factor);
        if (product > threshold && (!wanted || wanted.has(k))) {
          rows.push(row);
          classes.push(k);
          scores.push(product);
        }
      } else if (value > top) {
        top = value;
        topClass = k;
      }
    }
    const product = Math.fround(top * factor);
    if (topClass === -1 || !(product > threshold) || wanted && !wanted.has(topClass)) continue;
    rows.push(row);
    classes.push(topClass);
    scores.push(product);
  }
  return {
    count: rows.length,
    rows: Int32Array.from(rows),
    classes: Int32Array.from(classes),
    scores: Float32Array.from(scores),
  };
}

/** The best of them in descending order; of equal ones the earlier comes first. */
function best({ count, rows, classes, scores }: FoundScores, max: number): FoundScores {
  const order = Array.from({ length: count }, (_, index) => index)
    .sort((left, right) => scores[right] - scores[left] || left - right)
    .slice(0, max);
  return {
    count: order.length,
    rows: Int32Array.from(order, (index) => rows[index]),
    classes: Int32Array.from(order, (index) => classes[index]),
    scores: Float32Array.from(order, (index) => scores[index]),
  };
}

/** `[rows, 4]`: x1, y1, x2, y2 in pixels of the network's input. */
export function readBoxes(
  { data, start, rowStep, columnStep }: NumberTable,
  rows: Int32Array,
  { format, unit }: BoxReading,
  { inputWidth, inputHeight }: ImageView,
): Float32Array {
  const [sx, sy] = unit === "sides" ? [inputWidth, inputHeight] : [1, 1];
  const boxes = new Float32Array(rows.length * 4);
  for (let i = 0, to = 0; i < rows.length; i++, to += 4) {
    const at = start + rows[i] * rowStep;
    const a = data[at];
    const b = data[at + columnStep];
    const c = data[at + 2 * columnStep];
    const d = data[at + 3 * columnStep];
    if (format === "centre") {
      boxes[to] = (a - c / 2) * sx;
      boxes[to + 1] = (b - d / 2) * sy;
      boxes[to + 2] = (a + c / 2) * sx;
      boxes[to + 3] = (b + d / 2) * sy;
    } else {
      const isYx = format === "corners-yx";
      boxes[to] = (isYx ? b : a) * sx;
      boxes[to + 1] = (isYx ? a : b) * sy;
      boxes[to + 2] = (isYx ? d : c) * sx;
      boxes[to + 3] = (isYx ? c : d) * sy;
    }
  }
  return boxes;
}

/** Detections in pixels of the network's input, in pixels of the original image. */
export function toImage(detections: Detections, view: ImageView): Detections {
  const { left, top, width, height } = placementOf(view);
  const [sx, sy] = [view.width / width, view.height / height];
  const boxes = detections.boxes.map((value, index) =>
    index % 2 === 0 ? (value - left) * sx : (value - top) * sy
  );
  return { ...detections, boxes };
}
