/** Detectors that return the scores of classes and boxes, as two tables: DETRs, and SSDs and their like. */
import type { ClassScores, OutputSpec } from "../../heads/mod.ts";
import { areNoBoxes, boxReading, suppression } from "./box_choices.ts";
import { isTable, type ObservedOutput } from "./observe.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { shapeAs } from "../tensor_outputs.ts";

/** Networks without suppression return few boxes. */
const MAX_QUERIES = 1000;

/** The two tables, and how they lie. */
interface Tables {
  readonly boxes: ObservedOutput;
  readonly scores: ObservedOutput;
  readonly rows: number;
  /** Of the scores. */
  readonly columns: number;
  readonly transposed: boolean;
}

/** Scores and boxes as two tables; `undefined` where there are several of either, as of maps that are not decoded. */
export function scoresAndBoxes(question: OutputQuestion): Found | undefined {
  const tables = twoTables(question.outputs);
  if (tables === undefined) return undefined;
  const { clues: { isDetr }, answers } = question;
  const isQueries = answers.outputs
    ? answers.outputs === "detr"
    : isDetr ?? (tables.rows <= MAX_QUERIES && !tables.transposed && areQueries(tables));
  return isQueries ? queries(question, tables) : scoredBoxes(question, tables);
}

function twoTables(outputs: readonly ObservedOutput[]): Tables | undefined {
  const floats = outputs.filter(({ isInteger }) => !isInteger);
  const four = floats.filter((output) => output.shape.length >= 3 && isTable(output, [1, "boxes", 4]));
  const named = four.filter(({ name }) => /box|loc|reg|det/i.test(name));
  const boxes = (named.length > 0 ? named : four)[0];
  if (boxes === undefined) return undefined;
  const [, rows] = shapeAs(boxes.shape, [1, "boxes", 4])!;
  // Boxes of other places are of other strides.
  if (named.some((other) => shapeAs(other.shape, [1, "boxes", 4])![1] !== rows)) return undefined;
  const others = floats.filter((output) => output !== boxes && output.shape.length >= 2);
  const scores = others.filter((output) => isTable(output, [1, rows, "classes"]));
  if (scores.length > 0) {
    const chosen = scores.find(({ name }) => /score|conf|cls|class|prob|logit|label/i.test(name)) ??
      scores[0];
    return { boxes, scores: chosen, rows, columns: chosen.data.length / rows, transposed: false };
  }
  const across = others.find((output) => isTable(output, [1, "classes", rows]));
  if (across === undefined) return undefined;
  return { boxes, scores: across, rows, columns: across.data.length / rows, transposed: true };
}

/** Whether scores are logits by name, or by their values while the boxes are centres and sizes from 0 to 1. */
function areQueries({ boxes, scores }: Tables): boolean {
  if (/logit/i.test(scores.name)) return true;
  const areLogits = scores.data.some((value) => value < 0 || value > 1);
  return areLogits && boxes.data.every((value) => value >= -0.5 && value <= 1.5);
}

function queries(question: OutputQuestion, { boxes, scores, rows, columns }: Tables): Found {
  const { answers, clues, labels, findings } = question;
  const kind = findings.choose<ClassScores["scores"]>({
    topic: "outputs",
    option: "scores",
    answer: answers.scores,
    clue: clues.queryScores ??
      (labels === columns ? "sigmoid" : labels === columns - 1 ? "softmax" : undefined),
    from: clues.queryScores ? "config.json" : "the number of labels",
    standard: "sigmoid",
  }, (value) => `the boxes and logits of ${rows} queries (detr); ${value}`);
  const background = findings.choose<ClassScores["background"]>({
    topic: "outputs",
    option: "background",
    answer: answers.background,
    standard: kind === "softmax" ? "last" : "none",
    because: `usual with ${kind}`,
    isSafe: true,
  }, backgroundText);
  const multiLabel = findings.choose({
    topic: "outputs",
    option: "multiLabel",
    answer: answers.multiLabel,
    standard: kind === "sigmoid",
    because: `usual with ${kind}`,
    isSafe: true,
  }, (value) => `a query is an object of ${value ? "every class that scores" : "its best class"}`);
  return {
    spec: { kind: "detr", scores: kind, background, multiLabel } as OutputSpec,
    names: { logits: scores.name, boxes: boxes.name },
    classes: columns - (background === "none" ? 0 : 1),
  };
}

function scoredBoxes(question: OutputQuestion, tables: Tables): Found | undefined {
  const { answers, labels, findings, clues } = question;
  const { boxes, scores, rows, columns, transposed } = tables;
  const isAsked = answers.outputs !== undefined || answers.boxFormat !== undefined;
  if (!isAsked && areNoBoxes(boxes.data)) return undefined;
  const kind = findings.choose<ClassScores["scores"]>({
    topic: "outputs",
    option: "scores",
    answer: answers.scores,
    clue: scores.data.every((value) => value >= 0 && value <= 1) ? "probabilities" : undefined,
    from: "their values",
    standard: "sigmoid",
  }, (value) => `scores (${value}) and boxes of ${rows} places (scored-boxes)`);
  const background = findings.choose<ClassScores["background"]>({
    topic: "outputs",
    option: "background",
    answer: answers.background,
    clue: labels === columns ? "none" : labels === columns - 1 ? "first" : undefined,
    from: answers.labels ? "the number of labels" : clues.from,
    standard: columns > 1 && kind !== "sigmoid" && sumToOne(tables) ? "first" : "none",
    because: "the scores of a place sum to 1 or not",
  }, backgroundText);
  return {
    spec: {
      kind: "scored-boxes",
      transposed,
      scores: kind,
      background,
      ...boxReading(question, boxes.data),
      ...suppression(question, 0.5),
    } as OutputSpec,
    names: { scores: scores.name, boxes: boxes.name },
    classes: columns - (background === "none" ? 0 : 1),
  };
}

function backgroundText(value: ClassScores["background"]): string {
  return value === "none" ? "no background" : `the ${value} class is the background`;
}

/** Whether the scores of every place sum to 1. */
function sumToOne({ scores: { data }, rows, columns, transposed }: Tables): boolean {
  const [step, next] = transposed ? [1, rows] : [columns, 1];
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let k = 0, at = row * step; k < columns; k++, at += next) sum += data[at];
    if (Math.abs(sum - 1) > 1e-2) return false;
  }
  return true;
}
