/** Detectors that return objects, or queries, as the rows of one table. */
import { COCO_80 } from "../../datasets/coco/labels.ts";
import type { FinalRowSpec } from "../../heads/mod.ts";
import { FORMAT_TEXTS, UNIT_TEXTS } from "./box_choices.ts";
import { type BoxTable, foundTable } from "./box_table.ts";
import type { ObservedOutput } from "./observe.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { YOLO_INPUT } from "./usual_inputs.ts";

/** Detectors that return more rows than this have not selected objects yet. */
const MAX_FINAL_ROWS = 1000;

/** Objects in rows: box, score and class in some order. */
export function finalRows(question: OutputQuestion, table: BoxTable): Found | undefined {
  const { answers, clues, labels, findings } = question;
  const { rows, columns: width, coefficients, output } = table;
  const isAsked = answers.outputs !== undefined;
  const columns = width - coefficients;
  if (columns !== 6 && columns !== 7) return undefined;
  if (!isAsked && (rows > MAX_FINAL_ROWS || !clues.isFinal && labels === 1 && columns === 6)) {
    return undefined;
  }
  const isKnown = clues.exporter === "ultralytics" && columns === 6;
  const orders = rowOrders(output, columns, width);
  // Of seven numbers the first is that of the image, and nothing else.
  if (!isAsked && !isKnown && (columns === 7 ? orders.length !== 1 : orders.length === 0)) return undefined;
  const order = isKnown ? "box-score-class" : findings.choose<FinalRowSpec["order"]>({
    topic: "boxes",
    option: "rowOrder",
    answer: answers.rowOrder,
    clue: orders.length === 1 ? orders[0] : undefined,
    from: "their values for one image",
    standard: columns === 6 ? "box-score-class" : "batch-box-class-score",
  }, (order) => `a row is ${order.replaceAll("-", ", ")}`);
  if (order.startsWith("batch") !== (columns === 7)) return undefined;
  const isDetr = clues.isDetr ?? false;
  const format = findings.choose<FinalRowSpec["format"]>({
    topic: "boxes",
    option: "boxFormat",
    answer: answers.boxFormat,
    standard: isDetr ? "centre" : "corners",
    because: "usual for selected objects",
    isSafe: true,
  }, (value) => FORMAT_TEXTS[value]);
  const unit = findings.choose<FinalRowSpec["unit"]>({
    topic: "boxes",
    option: "boxUnit",
    answer: answers.boxUnit,
    clue: isDetr ? "sides" : undefined,
    from: clues.from,
    standard: isShare(output, order, width) ? "sides" : "pixels",
    because: "their values for one image",
    isSafe: true,
  }, (value) => UNIT_TEXTS[value]);
  return foundTable(question, table, { kind: "final-rows", order, coefficients, format, unit }, {
    likelyClasses: COCO_80.length,
    ...(YOLO_ORDERS.includes(order) ? { usual: YOLO_INPUT } : {}),
  });
}

/** The orders that YOLOv10, YOLO26 and YOLOv7 have. */
const YOLO_ORDERS: readonly FinalRowSpec["order"][] = ["box-score-class", "batch-box-class-score"];

const BOX_COLUMNS: Readonly<Record<FinalRowSpec["order"], number>> = {
  "box-score-class": 0,
  "class-score-box": 2,
  "batch-box-class-score": 1,
  "batch-box-score-class": 1,
  "batch-class-score-box": 3,
};

function isShare({ data }: ObservedOutput, order: FinalRowSpec["order"], width: number): boolean {
  let largest = 0;
  for (let at = BOX_COLUMNS[order]; at < data.length; at += width) {
    for (let side = at; side < at + 4; side++) largest = Math.max(largest, data[side]);
  }
  return largest > 0 && largest <= 2;
}

/** The orders in which scores are from 0 to 1, classes whole, and the image is the first. */
function rowOrders({ data, name }: ObservedOutput, columns: number, width: number): FinalRowSpec["order"][] {
  if (/multiclass_nms/.test(name) && columns === 6) return ["class-score-box"];
  const isScore = (column: number) => every(data, column, width, (value) => value >= -1 && value <= 1);
  const isClass = (column: number) =>
    every(data, column, width, (value) => Number.isInteger(value) && value >= -1);
  const isFirst = columns === 6 || every(data, 0, width, (value) => value === 0);
  const orders = columns === 6 ? [["box-score-class", 4, 5], ["class-score-box", 1, 0]] as const : [
    ["batch-box-class-score", 6, 5],
    ["batch-box-score-class", 5, 6],
    ["batch-class-score-box", 2, 1],
  ] as const;
  return orders.filter(([, score, label]) => isFirst && isScore(score) && isClass(label)).map(([order]) =>
    order
  );
}

function every(data: Float32Array, first: number, step: number, holds: (value: number) => boolean): boolean {
  for (let at = first; at < data.length; at += step) if (!holds(data[at])) return false;
  return true;
}

/** Queries in rows: box, and probabilities. */
export function queryRows(question: OutputQuestion, table: BoxTable): Found | undefined {
  const { answers, clues, labels } = question;
  const classes = table.columns - 4;
  const isFitting = answers.outputs !== undefined ||
    clues.isDetr && (labels === undefined || labels === classes);
  return isFitting && classes > 0
    ? foundTable(question, table, { kind: "detr-rows" }, { classes })
    : undefined;
}
