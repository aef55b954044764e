/** How the outputs of a detector are read. */
import {
  type BoxReading,
  type ClassScores,
  type OutputSpec,
  type Suppression,
  ULTRALYTICS_SUPPRESSION,
} from "../../heads/mod.ts";
import type { DETECTION_KINDS } from "./choices.ts";
import type { ObservedOutput } from "./observe.ts";
import type { FoundOutputs, OutputQuestion } from "./outputs.ts";

type Found = Omit<FoundOutputs, "task"> | undefined;

/** Detectors that return more rows than this have not selected objects yet. */
const MAX_FINAL_ROWS = 1000;

/** Finds how the outputs of a detector are read; `undefined` when no kind fits. */
export function detectionOutputs(question: OutputQuestion): Found {
  const { outputs, answers: { outputs: asked } } = question;
  for (const [kinds, find] of KINDS) {
    if (asked !== undefined && !kinds.includes(asked)) continue;
    const found = find(question, outputs);
    if (found && (asked === undefined || found.spec.kind === asked)) return found;
  }
  return undefined;
}

/** The kinds of outputs that can be adopted, each by the function that knows it. */
const KINDS: readonly (readonly [
  readonly typeof DETECTION_KINDS[number][],
  (question: OutputQuestion, outputs: readonly ObservedOutput[]) => Found,
])[] = [
  [["final-columns"], finalColumns],
  [["detr", "scored-boxes"], scoresAndBoxes],
  [["final-rows", "detr-rows", "yolo-v5", "yolo-v8"], oneTable],
];

function finalColumns({ findings }: OutputQuestion, outputs: readonly ObservedOutput[]): Found {
  const boxes = outputs.find(({ shape, isInteger }) => shape.length === 2 && shape[1] === 4 && !isInteger);
  const labels = outputs.find(({ shape, isInteger }) => shape.length === 1 && isInteger);
  const scores = outputs.find(({ shape, isInteger }) => shape.length === 1 && !isInteger);
  if (!boxes || !labels || !scores) return undefined;
  findings.add(
    "outputs",
    "objects: their boxes, labels from 1, and scores",
    "three outputs as torchvision's",
  );
  return {
    spec: { kind: "final-columns", firstClass: 1 } as OutputSpec,
    names: { boxes: boxes.name, labels: labels.name, scores: scores.name },
  };
}

function scoresAndBoxes(question: OutputQuestion, outputs: readonly ObservedOutput[]): Found {
  const tables = outputs.filter(({ shape, isInteger }) => shape.length === 3 && shape[0] === 1 && !isInteger);
  const boxes = tables.find(({ name, shape }) => shape[2] === 4 && /box|loc|bbox/i.test(name)) ??
    tables.find(({ shape }) => shape[2] === 4);
  const scores = tables.find((table) => table !== boxes && table.shape[1] === boxes?.shape[1]);
  if (!boxes || !scores) return undefined;
  const { clues: { isDetr }, answers } = question;
  const isQueries = answers.outputs
    ? answers.outputs === "detr"
    : isDetr ?? (/logit/i.test(scores.name) && scores.shape[1] <= MAX_FINAL_ROWS);
  return isQueries ? queries(question, scores, boxes) : scoredBoxes(question, scores, boxes);
}

function queries(question: OutputQuestion, scores: ObservedOutput, boxes: ObservedOutput): Found {
  const { answers, clues, labels, findings } = question;
  const columns = scores.shape[2];
  const kind = findings.choose<ClassScores["scores"]>({
    topic: "outputs",
    option: "scores",
    answer: answers.scores,
    clue: clues.queryScores ??
      (labels === columns ? "sigmoid" : labels === columns - 1 ? "softmax" : undefined),
    from: clues.queryScores ? "config.json" : "the number of labels",
    standard: "sigmoid",
  }, (value) => `the boxes and logits of ${scores.shape[1]} queries; ${value}`);
  const background = answers.background ?? (kind === "softmax" ? "last" : "none");
  return {
    spec: {
      kind: "detr",
      scores: kind,
      background,
      multiLabel: answers.multiLabel ?? kind === "sigmoid",
    } as OutputSpec,
    names: { logits: scores.name, boxes: boxes.name },
    classes: columns - (background === "none" ? 0 : 1),
  };
}

function scoredBoxes(question: OutputQuestion, scores: ObservedOutput, boxes: ObservedOutput): Found {
  const { answers, labels, findings } = question;
  const columns = scores.shape[2];
  const kind = findings.choose<ClassScores["scores"]>({
    topic: "outputs",
    option: "scores",
    answer: answers.scores,
    clue: scores.data.every((value) => value >= 0 && value <= 1) ? "probabilities" : undefined,
    from: "their values",
    standard: "sigmoid",
  }, (value) => `scores (${value}) and boxes of ${scores.shape[1]} places`);
  const background = findings.choose<ClassScores["background"]>({
    topic: "outputs",
    option: "background",
    answer: answers.background,
    clue: labels === columns ? "none" : labels === columns - 1 ? "first" : undefined,
    from: "the number of labels",
    standard: columns > 1 && rowsSumToOne(scores, columns) ? "first" : "none",
    because: "the scores of a place sum to 1 or not",
  }, (value) => value === "none" ? "no background" : `the ${value} class is the background`);
  const reading = boxReading(question, boxes);
  return {
    spec: {
      kind: "scored-boxes",
      scores: kind,
      background,
      ...reading,
      ...suppression(question, 0.5),
    } as OutputSpec,
    names: { scores: scores.name, boxes: boxes.name },
    classes: columns - (background === "none" ? 0 : 1),
  };
}

function rowsSumToOne({ data }: ObservedOutput, columns: number): boolean {
  for (let start = 0; start < data.length; start += columns) {
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += data[i];
    if (Math.abs(sum - 1) > 1e-2) return false;
  }
  return true;
}

function boxReading({ answers, findings }: OutputQuestion, { data }: ObservedOutput): BoxReading {
  let [largest, ordered] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    largest = Math.max(largest, data[i + 2], data[i + 3]);
    if (data[i + 2] >= data[i] && data[i + 3] >= data[i + 1]) ordered++;
  }
  const format = findings.choose<BoxReading["format"]>(
    {
      topic: "boxes",
      option: "boxFormat",
      answer: answers.boxFormat,
      standard: ordered >= data.length / 4 * 0.99 ? "corners" : "centre",
      because: "their values for one image",
    },
    (value) =>
      ({ corners: "x1 y1 x2 y2", centre: "centre, width and height", "corners-yx": "y1 x1 y2 x2" })[value],
  );
  const unit = findings.choose<BoxReading["unit"]>({
    topic: "boxes",
    option: "boxUnit",
    answer: answers.boxUnit,
    clue: largest <= 4 ? "sides" : "pixels",
    from: "their values",
    standard: "sides",
  }, (value) => value === "sides" ? "in sides of the input, 0…1" : "in pixels of the input");
  return { format, unit };
}

/** A single table of boxes, perhaps beside the prototypes of masks. */
function oneTable(question: OutputQuestion, outputs: readonly ObservedOutput[]): Found {
  const table = outputs.find(({ shape, isInteger }) => shape.length === 3 && shape[0] === 1 && !isInteger);
  if (!table) return undefined;
  const prototypes = outputs.find(({ shape, isInteger }) => shape.length === 4 && !isInteger);
  const coefficients = prototypes?.shape[1] ?? 0;
  const { clues, answers, labels, findings } = question;
  const [, first, second] = table.shape;
  // A map of pixels, not of boxes.
  if (first === question.extent[0] && second === question.extent[1]) return undefined;
  const asked = answers.outputs;
  const found = (
    spec: { readonly kind: string; readonly [key: string]: unknown },
    classes?: number,
  ): Found => {
    findings.add("outputs", READINGS[spec.kind], asked ? "as asked" : `the shape [1, ${first}, ${second}]`, [
      "outputs",
    ]);
    const names = { [spec.kind === "final-rows" ? "objects" : "predictions"]: table.name };
    if (coefficients === 0) return { spec, names, classes };
    findings.add("outputs", `a mask for each from ${coefficients} prototypes`, "a second output", [
      "outputs",
    ]);
    return { spec, names: { ...names, prototypes: prototypes!.name }, classes };
  };
  const isFinal = asked ? asked === "final-rows" : second === 6 + coefficients && first <= MAX_FINAL_ROWS &&
    (clues.isFinal || labels !== 1);
  if (isFinal && second === 6 + coefficients) {
    const format = answers.boxFormat ?? (clues.isDetr ? "centre" : "corners");
    const unit = answers.boxUnit ?? (clues.isDetr ? "sides" : "pixels");
    return found({ kind: "final-rows", coefficients, format, unit });
  }
  const isQueries = asked
    ? asked === "detr-rows"
    : clues.isDetr && (labels === undefined || second === 4 + labels);
  if (isQueries) return found({ kind: "detr-rows" }, second - 4);
  const isColumns = asked ? asked === "yolo-v8" : first < second;
  if (isColumns) {
    if (first < 5 + coefficients) return undefined;
    return found(
      { kind: "yolo-v8", coefficients, ...suppression(question, ULTRALYTICS_SUPPRESSION.iou) },
      first - 4 - coefficients,
    );
  }
  if (second < 6 || coefficients > 0) return undefined;
  return found({ kind: "yolo-v5", ...suppression(question, 0.45) }, second - 5);
}

const READINGS: Readonly<Record<string, string>> = {
  "final-rows": "selected objects: box, score, class (final-rows)",
  "detr-rows": "a box and probabilities for each query (detr-rows)",
  "yolo-v8": "a column for each box: centre, size, probabilities (yolo-v8)",
  "yolo-v5": "a row for each box: centre, size, objectness, probabilities (yolo-v5)",
};

function suppression({ answers, findings }: OutputQuestion, standard: number): Suppression {
  const { iou, agnostic = false, multiLabel = false } = answers;
  const value = findings.choose(
    { topic: "boxes", option: "iou", answer: iou, standard, because: "as usual", isSafe: true },
    (value) =>
      `of two ${agnostic ? "boxes" : "boxes of one class"} with an IoU above ${value} the weaker is dropped`,
  );
  return { iou: value, agnostic, multiLabel };
}
