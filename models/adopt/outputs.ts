/** Which task a graph does and how its outputs are read, from their names, shapes and values. */
import type { Extent } from "../../core/graph/mod.ts";
import type { OutputSpec } from "../../heads/mod.ts";
import { areMapsOfStrides, segmentationOutputs } from "./segmentation_outputs.ts";
import type { Task } from "../network.ts";
import type { TensorInput } from "../tensor_input.ts";
import { shapeAs } from "../tensor_outputs.ts";
import type { Answers, Findings } from "./answers.ts";
import type { Clues } from "./clues.ts";
import { detectionOutputs } from "./detection_outputs.ts";
import type { UsualInput } from "./usual_inputs.ts";
import { chosen, type ObservedOutput, shortName } from "./observe.ts";

/** What was found of the outputs of a graph. */
export interface FoundOutputs {
  readonly task: Task;
  readonly spec: OutputSpec;
  /** The graph's name of each output that the spec reads. */
  readonly names: Readonly<Record<string, string>>;
  /** The number of classes, where the outputs say it. */
  readonly classes?: number;
  /** The number of classes that such networks usually have, where nothing says it. */
  readonly likelyClasses?: number;
  /** Whether others would have done as well. */
  readonly isGuess?: boolean;
  /** How images are usually prepared for such outputs. */
  readonly usual?: UsualInput;
}

/** The same, where the task is known. */
export type Found = Omit<FoundOutputs, "task">;

/** What outputs are read by. */
export interface OutputQuestion {
  readonly outputs: readonly ObservedOutput[];
  readonly answers: Answers;
  readonly clues: Clues;
  /** The number of classes, where names are known. */
  readonly labels: number | undefined;
  readonly findings: Findings;
  /** Why outputs whose shapes fit a kind are not read as that. */
  readonly doubts: string[];
  /** The order of the axes of the input. */
  readonly layout: TensorInput["layout"];
  /** The size of the input for which the outputs are. */
  readonly extent: Extent;
}

/** Finds how outputs are read; `undefined` when no kind fits. */
export function findOutputs(question: OutputQuestion): FoundOutputs | undefined {
  const { answers: { task: asked }, clues, findings } = question;
  const task = asked ?? clues.task;
  const finders: Record<Task, (question: OutputQuestion) => Found | undefined> = {
    detect: detectionOutputs,
    segment: segmentationOutputs,
    classify: classificationOutputs,
  };
  for (const candidate of task ? [task] : ["detect", "segment", "classify"] as const) {
    // A small map of a detector can look like the classes of an image.
    if (candidate !== "detect" && task === undefined && areMapsOfStrides(question.outputs, question.extent)) {
      continue;
    }
    const before = findings.list.length;
    const found = finders[candidate](question);
    if (!found) {
      findings.list.length = before;
      continue;
    }
    const because = asked ? "as asked" : clues.task ? clues.from : "the shapes of the outputs";
    addUnread(question, found);
    findings.list.unshift({ topic: "task", text: candidate, because, options: ["task"], isAssumed: false });
    return { task: candidate, ...found };
  }
  return undefined;
}

/** Says which outputs are read, where others are not. */
function addUnread({ outputs, answers, findings }: OutputQuestion, { names, isGuess = false }: Found): void {
  const read = Object.values(names);
  if (!answers.outputNames && outputs.length <= read.length) return;
  const because = answers.outputNames
    ? "as asked"
    : isGuess
    ? "assumed: others would do"
    : "shapes and names";
  findings.add(
    "outputs",
    `read: ${read.map(shortName).join(", ")}${answers.outputNames ? "" : `, of ${outputs.length}`}`,
    because,
    ["outputNames"],
    isGuess,
  );
}

/** Names of outputs that are features, not classes. */
const FEATURES = /embed|feature|pool|hidden/i;

function classificationOutputs({ outputs, answers, findings }: OutputQuestion): Found | undefined {
  const vectors = outputs.filter(({ name, shape, isInteger }) =>
    !isInteger && vectorOf(shape) !== undefined && (answers.outputNames !== undefined || !FEATURES.test(name))
  );
  if (vectors.length === 0) return undefined;
  const { output, isGuess } = chosen(vectors, /logit|prob|softmax/i);
  const { name, shape, data } = output;
  const classes = vectorOf(shape)!;
  const sum = data.reduce((sum, value) => sum + value, 0);
  const looksLike = Math.abs(sum - 1) < 1e-3 && data.every((value) => value >= 0);
  const isFinal = answers.scores ? answers.scores === "probabilities" : looksLike;
  findings.add(
    "outputs",
    `${isFinal ? "probabilities" : "logits"} of ${classes} classes`,
    answers.scores ? "as asked" : "its values",
    ["scores"],
  );
  return isFinal
    ? { spec: { kind: "probabilities" }, names: { probabilities: name }, classes, isGuess }
    : { spec: { kind: "classes" }, names: { logits: name }, classes, isGuess };
}

/** The length of `[1, K]`, `[K]`, or as networks that end with a pooling may have it, `[1, K, 1, 1]` or `[1, 1, 1, K]`. */
function vectorOf(shape: readonly number[]): number | undefined {
  if (shape.length === 3) return undefined;
  const classes = shapeAs(shape, [1, "classes"])?.[1];
  return classes !== undefined && classes > 1 ? classes : undefined;
}
