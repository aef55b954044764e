/** Detectors that return all candidates in one table, before suppression: YOLOs and their like. */
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";
import { cellCount, type FinalRowSpec, ULTRALYTICS_SUPPRESSION } from "../../heads/mod.ts";
import { suppression, UNIT_TEXTS } from "./box_choices.ts";
import { type BoxTable, foundTable } from "./box_table.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { NANODET_INPUT, YOLO_INPUT, YOLOX_INPUT } from "./usual_inputs.ts";

/** The strides of most detectors, and of larger ones. */
const STRIDES: readonly (readonly number[])[] = [[8, 16, 32], [8, 16, 32, 64]];

/** NanoDet's distances are from 0 to 7 cells. */
const NANODET_BINS = 8;

/** Candidates of a network that has three anchors a cell. */
const ANCHORS = 3;

/** NanoDet-Plus: probabilities and distributions of distances. */
export function nanodet(question: OutputQuestion, table: BoxTable): Found | undefined {
  const { rows, columns, output: { data } } = table;
  const strides = stridesOf(question, rows, 1);
  const classes = columns - 4 * NANODET_BINS;
  if (strides === undefined || classes < 1) return undefined;
  if (question.answers.outputs === undefined) {
    const [scores, others] = [
      columnsWithin(data, columns, 0, classes),
      columnsWithin(data, columns, classes, columns),
    ];
    if (!scores || others) return undefined;
  }
  return foundTable(question, table, {
    kind: "nanodet",
    strides,
    bins: NANODET_BINS,
    ...suppression(question, 0.6),
  }, { classes, because: "rows for its cells, and their values", usual: NANODET_INPUT });
}

/** Whether the numbers of columns are probabilities. */
function columnsWithin(data: Float32Array, step: number, first: number, end: number): boolean {
  for (let row = 0; row < data.length; row += step) {
    for (let at = row + first; at < row + end; at++) if (data[at] < -1e-3 || data[at] > 1.001) return false;
  }
  return true;
}

/** YOLOv8's boxes are columns; or rows, where TensorFlow or another program has turned them. */
export function boxColumns(question: OutputQuestion, table: BoxTable): Found | undefined {
  const { rows, columns, coefficients, output: { data } } = table;
  const asRows = areRows(question, table);
  if (asRows === undefined) return undefined;
  const classes = (asRows ? columns : rows) - 4 - coefficients;
  if (classes < 1) return undefined;
  const count = asRows ? rows : columns;
  const value = (box: number, column: number) => data[asRows ? box * columns + column : column * count + box];
  if (!areBoxes(question, "yolo-v8", count, classes, value)) return undefined;
  return foundTable(question, table, {
    kind: "yolo-v8",
    rows: asRows,
    unit: unitOf(question, count, value),
    coefficients,
    ...suppression(question, ULTRALYTICS_SUPPRESSION.iou),
  }, { classes, usual: YOLO_INPUT });
}

/** Whether boxes without an objectness are rows; `undefined` where they are neither. */
function areRows(question: OutputQuestion, table: BoxTable): boolean | undefined {
  const { rows, columns, coefficients } = table;
  const { labels, answers } = question;
  const isNamed = (width: number) => labels === width - 4 - coefficients;
  if (isNamed(rows)) return false;
  if (isNamed(columns)) return true;
  if (rows < columns) return false;
  if (answers.outputs !== undefined) return true;
  const isUsual = labels === undefined && USUAL_CLASSES.includes(columns - 4 - coefficients);
  return isUsual && stridesOf(question, rows, 1) !== undefined ? true : undefined;
}

/** COCO's classes, and Pascal VOC's. */
const USUAL_CLASSES = [COCO_80.length, VOC_21.length - 1];

/** YOLOX: boxes within their cells. */
export function yolox(question: OutputQuestion, table: BoxTable): Found | undefined {
  const { rows, columns, output: { data }, coefficients } = table;
  const strides = stridesOf(question, rows, 1);
  if (strides === undefined || columns < 6 || coefficients > 0) return undefined;
  if (question.answers.outputs === undefined && !areWithinCells(question, strides, table)) return undefined;
  const value = (row: number, column: number) => data[row * columns + 4 + column];
  if (!areProbabilities(question, "yolox", rows, columns - 4, value)) return undefined;
  return foundTable(question, table, { kind: "yolox", strides, ...suppression(question, 0.45) }, {
    classes: columns - 5,
    because: "rows for its cells, and their values",
    usual: YOLOX_INPUT,
  });
}

/** Whether centres are nearer to 0 than to where their cells lie. */
function areWithinCells(
  { extent: [height, width] }: OutputQuestion,
  strides: readonly number[],
  table: BoxTable,
): boolean {
  const { columns, output: { data } } = table;
  let [inside, decoded, row] = [0, 0, 0];
  for (const stride of strides) {
    const across = Math.ceil(width / stride);
    for (let cell = 0; cell < Math.ceil(height / stride) * across; cell++, row++) {
      const x = data[row * columns];
      inside += Math.min(Math.abs(x - 0.5), across);
      decoded += Math.min(Math.abs(x / stride - cell % across - 0.5), across);
    }
  }
  return inside < decoded;
}

/** YOLOv5, YOLOv6, YOLOv7, and YOLOX where it decodes boxes. */
export function objectnessRows(question: OutputQuestion, table: BoxTable): Found | undefined {
  const { labels } = question;
  const { rows, columns, coefficients, output: { data } } = table;
  const classes = columns - 5;
  if (classes < 1 || coefficients > 0 || question.answers.outputs === undefined && rows <= columns) {
    return undefined;
  }
  const value = (row: number, column: number) => data[row * columns + column];
  if (!areBoxes(question, "yolo-v5", rows, classes + 1, value)) return undefined;
  const isUsual = labels === classes || stridesOf(question, rows, ANCHORS) !== undefined;
  return foundTable(question, table, {
    kind: "yolo-v5",
    unit: unitOf(question, rows, value),
    ...suppression(question, 0.45),
  }, { classes, isAssumed: !isUsual, usual: YOLO_INPUT });
}

/** The strides whose cells, times `anchors`, are as many as the rows. */
function stridesOf({ extent: [height, width] }: OutputQuestion, rows: number, anchors: number) {
  return STRIDES.find((strides) => anchors * cellCount(strides, height, width) === rows);
}

/** Whether values can be boxes (centres in or near the input, positive sizes) and probabilities; all are, if asked. */
function areBoxes(
  question: OutputQuestion,
  kind: string,
  count: number,
  scores: number,
  value: (row: number, column: number) => number,
): boolean {
  if (question.answers.outputs !== undefined) return true;
  const [height, width] = question.extent;
  let good = 0;
  for (let row = 0; row < count; row++) {
    const [x, y] = [value(row, 0), value(row, 1)];
    const isNear = x >= -width && x <= 2 * width && y >= -height && y <= 2 * height;
    // NaN is refused by its name, later.
    if (!(x - x === 0) || isNear && !(value(row, 2) < -1e-3) && !(value(row, 3) < -1e-3)) good++;
  }
  if (good < count / 2) {
    question.doubts.push(`as ${kind}, most of its boxes would lie outside the image or have negative sizes`);
    return false;
  }
  return areProbabilities(question, kind, count, scores, (row, column) => value(row, 4 + column));
}

function areProbabilities(
  { answers, doubts }: OutputQuestion,
  kind: string,
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
): boolean {
  if (answers.outputs !== undefined) return true;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const score = value(row, column);
      if (score < -1e-3 || score > 1.001) {
        doubts.push(`as ${kind}, it would have a probability of ${Number(score.toPrecision(4))}`);
        return false;
      }
    }
  }
  return true;
}

function unitOf(
  { answers, findings }: OutputQuestion,
  count: number,
  value: (row: number, column: number) => number,
) {
  let largest = 0;
  for (let row = 0; row < count; row++) {
    for (let side = 0; side < 4; side++) largest = Math.max(largest, value(row, side));
  }
  return findings.choose<FinalRowSpec["unit"]>({
    topic: "boxes",
    option: "boxUnit",
    answer: answers.boxUnit,
    standard: largest > 0 && largest <= 2 ? "sides" : "pixels",
    because: "their values for one image",
    isSafe: true,
  }, (unit) => UNIT_TEXTS[unit]);
}
