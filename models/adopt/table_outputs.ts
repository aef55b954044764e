/** Detectors that return one table: YOLOs and their like, and those that return objects in rows. */
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";
import { cellCount, type FinalRowSpec, type OutputSpec, ULTRALYTICS_SUPPRESSION } from "../../heads/mod.ts";
import { FORMAT_TEXTS, suppression, UNIT_TEXTS } from "./box_choices.ts";
import type { ObservedOutput } from "./observe.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { NANODET_INPUT, YOLOX_INPUT } from "./usual_inputs.ts";

/** Detectors that return more rows than this have not selected objects yet. */
const MAX_FINAL_ROWS = 1000;

/** The strides of most detectors, and of larger ones. */
const STRIDES: readonly (readonly number[])[] = [[8, 16, 32], [8, 16, 32, 64]];

/** NanoDet's distances are from 0 to 7 cells. */
const NANODET_BINS = 8;

/** Candidates of a network that has three anchors a cell. */
const ANCHORS = 3;

/** A table with what was found of it. */
interface Table {
  readonly output: ObservedOutput;
  readonly rows: number;
  readonly columns: number;
  /** The prototypes of masks beside it. */
  readonly prototypes?: ObservedOutput;
  readonly coefficients: number;
}

/** A single table of boxes, perhaps beside the prototypes of masks. */
export function oneTable(question: OutputQuestion): Found | undefined {
  const table = onlyTable(question);
  if (table === undefined) return undefined;
  const asked = question.answers.outputs;
  const readings: readonly (readonly [
    NonNullable<typeof asked>,
    (question: OutputQuestion, table: Table) => Found | undefined,
  ])[] = [
    ["final-rows", finalRows],
    ["detr-rows", queryRows],
    ["nanodet", nanodet],
    ["yolo-v8", columns],
    ["yolox", yolox],
    ["yolo-v5", objectnessRows],
  ];
  for (const [kind, read] of readings) {
    if (asked !== undefined && asked !== kind) continue;
    const before = question.findings.list.length;
    const found = read(question, table);
    if (found) return found;
    question.findings.list.length = before;
  }
  return undefined;
}

function onlyTable(question: OutputQuestion): Table | undefined {
  const { outputs, answers, extent } = question;
  const floats = outputs.filter(({ isInteger }) => !isInteger);
  const tables = floats.filter((output) => isFlatTable(output) || isShortTable(output, outputs));
  // Others beside it would have to be read with it.
  if (tables.length > 1 && answers.outputs === undefined) return undefined;
  const [output] = tables;
  if (output === undefined) return undefined;
  const [rows, columns] = output.shape.slice(-2);
  // A map of pixels, not of boxes.
  if (rows === extent[0] && columns === extent[1]) return undefined;
  const prototypes = floats.find((other) => other !== output && other.shape.length === 4);
  const coefficients = prototypes?.shape[1] ?? 0;
  return { output, rows, columns, coefficients, ...(coefficients > 0 ? { prototypes } : {}) };
}

function isFlatTable({ shape }: ObservedOutput): boolean {
  return shape.length === 3 && shape[0] === 1 ||
    shape.length === 4 && shape[0] === 1 && shape[1] === 1 && shape[3] === 7;
}

/** `[n, 6]` or `[n, 7]`; one row can as well be the logits of a classifier, unless its name or a count beside it tells. */
function isShortTable(output: ObservedOutput, outputs: readonly ObservedOutput[]): boolean {
  const { name, shape } = output;
  if (shape.length !== 2 || shape[1] !== 6 && shape[1] !== 7) return false;
  const isCounted = outputs.some((other) => other.isInteger && other.data.length === 1);
  return shape[0] !== 1 || isCounted || /nms|det|box/i.test(name);
}

function found(
  { findings, answers }: OutputQuestion,
  { output, rows, columns, prototypes, coefficients }: Table,
  spec: OutputSpec & Readonly<Record<string, unknown>>,
  rest: Partial<Found> & { readonly because?: string; readonly isAssumed?: boolean },
): Found {
  const { because = `the shape [1, ${rows}, ${columns}]`, isAssumed = false, ...more } = rest;
  const isAsked = answers.outputs !== undefined;
  findings.add(
    "outputs",
    READINGS[spec.kind],
    isAsked ? "as asked" : because,
    ["outputs"],
    isAssumed && !isAsked,
  );
  const names = { [spec.kind === "final-rows" ? "objects" : "predictions"]: output.name };
  if (!prototypes || !("coefficients" in spec)) return { spec, names, ...more };
  findings.add("outputs", `a mask for each from ${coefficients} prototypes`, "a second output", ["outputs"]);
  return { spec, names: { ...names, prototypes: prototypes.name }, ...more };
}

const READINGS: Readonly<Record<string, string>> = {
  "final-rows": "selected objects: box, score, class (final-rows)",
  "detr-rows": "a box and probabilities for each query (detr-rows)",
  "yolo-v8": "for each box: centre, size, probabilities (yolo-v8)",
  "yolo-v5": "a row for each box: centre, size, objectness, probabilities (yolo-v5)",
  yolox: "a row for each cell: box within it, objectness, probabilities (yolox)",
  nanodet: "a row for each cell: probabilities, distributions of distances (nanodet)",
};

function finalRows(question: OutputQuestion, table: Table): Found | undefined {
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
  return found(question, table, { kind: "final-rows", order, coefficients, format, unit }, {
    likelyClasses: COCO_80.length,
  });
}

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

function queryRows(question: OutputQuestion, table: Table): Found | undefined {
  const { answers, clues, labels } = question;
  const classes = table.columns - 4;
  const isFitting = answers.outputs !== undefined ||
    clues.isDetr && (labels === undefined || labels === classes);
  return isFitting && classes > 0 ? found(question, table, { kind: "detr-rows" }, { classes }) : undefined;
}

function nanodet(question: OutputQuestion, table: Table): Found | undefined {
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
  return found(question, table, {
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
function columns(question: OutputQuestion, table: Table): Found | undefined {
  const { rows, columns, coefficients, output: { data } } = table;
  const asRows = areRows(question, table);
  if (asRows === undefined) return undefined;
  const classes = (asRows ? columns : rows) - 4 - coefficients;
  if (classes < 1) return undefined;
  const count = asRows ? rows : columns;
  const value = (box: number, column: number) => data[asRows ? box * columns + column : column * count + box];
  if (!areBoxes(question, "yolo-v8", count, classes, value)) return undefined;
  return found(question, table, {
    kind: "yolo-v8",
    rows: asRows,
    unit: unitOf(question, count, value),
    coefficients,
    ...suppression(question, ULTRALYTICS_SUPPRESSION.iou),
  }, { classes });
}

/** Whether boxes without an objectness are rows; `undefined` where they are neither. */
function areRows(question: OutputQuestion, table: Table): boolean | undefined {
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

function yolox(question: OutputQuestion, table: Table): Found | undefined {
  const { rows, columns, output: { data }, coefficients } = table;
  const strides = stridesOf(question, rows, 1);
  if (strides === undefined || columns < 6 || coefficients > 0) return undefined;
  if (question.answers.outputs === undefined && !areWithinCells(question, strides, table)) return undefined;
  const value = (row: number, column: number) => data[row * columns + 4 + column];
  if (!areProbabilities(question, "yolox", rows, columns - 4, value)) return undefined;
  return found(question, table, { kind: "yolox", strides, ...suppression(question, 0.45) }, {
    classes: columns - 5,
    because: "rows for its cells, and their values",
    usual: YOLOX_INPUT,
  });
}

/** Whether centres are nearer to 0 than to where their cells lie. */
function areWithinCells(
  { extent: [height, width] }: OutputQuestion,
  strides: readonly number[],
  table: Table,
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
function objectnessRows(question: OutputQuestion, table: Table): Found | undefined {
  const { labels } = question;
  const { rows, columns, coefficients, output: { data } } = table;
  const classes = columns - 5;
  if (classes < 1 || coefficients > 0 || question.answers.outputs === undefined && rows <= columns) {
    return undefined;
  }
  const value = (row: number, column: number) => data[row * columns + column];
  if (!areBoxes(question, "yolo-v5", rows, classes + 1, value)) return undefined;
  const isUsual = labels === classes || stridesOf(question, rows, ANCHORS) !== undefined;
  return found(question, table, {
    kind: "yolo-v5",
    unit: unitOf(question, rows, value),
    ...suppression(question, 0.45),
  }, { classes, isAssumed: !isUsual });
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
