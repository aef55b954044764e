/** Which task a graph does and how its outputs are read, from their names, shapes and values. */
import type { Extent } from "../../core/graph/mod.ts";
import type { OutputSpec } from "../../heads/mod.ts";
import type { Task } from "../network.ts";
import type { TensorInput } from "../tensor_input.ts";
import type { Answers, Findings } from "./answers.ts";
import type { Clues } from "./clues.ts";
import { detectionOutputs } from "./detection_outputs.ts";
import type { ObservedOutput } from "./observe.ts";

/** What was found of the outputs of a graph. */
export interface FoundOutputs {
  readonly task: Task;
  readonly spec: OutputSpec;
  /** The graph's name of each output that the spec reads. */
  readonly names: Readonly<Record<string, string>>;
  /** The number of classes, where the outputs say it. */
  readonly classes?: number;
}

/** What outputs are read by. */
export interface OutputQuestion {
  readonly outputs: readonly ObservedOutput[];
  readonly answers: Answers;
  readonly clues: Clues;
  /** The number of classes, where names are known. */
  readonly labels: number | undefined;
  readonly findings: Findings;
  /** The order of the axes of the input. */
  readonly layout: TensorInput["layout"];
  /** The size of the input for which the outputs are. */
  readonly extent: Extent;
}

/** Finds how outputs are read; `undefined` when no kind fits. */
export function findOutputs(question: OutputQuestion): FoundOutputs | undefined {
  const { answers: { task: asked }, clues, findings } = question;
  const task = asked ?? clues.task;
  const finders: Record<Task, (question: OutputQuestion) => Omit<FoundOutputs, "task"> | undefined> = {
    detect: detectionOutputs,
    segment: segmentationOutputs,
    classify: classificationOutputs,
  };
  for (const candidate of task ? [task] : ["detect", "segment", "classify"] as const) {
    const found = finders[candidate](question);
    if (!found) continue;
    const because = asked ? "as asked" : clues.task ? clues.from : "the shapes of the outputs";
    findings.list.unshift({ topic: "task", text: candidate, because, options: ["task"], isAssumed: false });
    return { task: candidate, ...found };
  }
  return undefined;
}

function segmentationOutputs(
  { outputs, answers, findings, layout }: OutputQuestion,
): Omit<FoundOutputs, "task"> | undefined {
  const maps = outputs.filter(({ shape }) => shape.length === 4 || shape.length === 3);
  if (maps.length === 0) return undefined;
  const output = maps[0];
  const { name, shape, isInteger, data } = output;
  if (outputs.length > 1) findings.add("outputs", `the first of ${outputs.length} is read`, "assumed");
  // Some exporters cast classes to floats. All 0 are rather probabilities.
  const areClasses = isInteger ||
    shape.length === 3 && data.some((value) => value > 1) && data.every((value) => Number.isInteger(value));
  if (areClasses) {
    const rank = shape.length as 3 | 4;
    if (rank === 4 && shape[1] !== 1) return undefined;
    findings.add("outputs", "the class of each pixel", isInteger ? "integers" : "its values");
    return { spec: { kind: "class-map", rank } as OutputSpec, names: { labels: name } };
  }
  if (shape.length !== 4) return undefined;
  const isLast = layout === "NHWC" && shape[1] !== 1 && shape[3] < Math.min(shape[1], shape[2]);
  const classes = shape[isLast ? 3 : 1];
  if (!isLast && Math.min(shape[2], shape[3]) < 2) return undefined;
  if (isLast && classes > 1) {
    findings.add("outputs", `logits of ${classes} classes, side by side`, "the shape of the output");
    return { spec: { kind: "label-rows" }, names: { logits: name }, classes };
  }
  if (classes === 1) {
    const values = answers.scores
      ? answers.scores === "probabilities" ? "probabilities" : "logits"
      : data.every((value) => value >= 0 && value <= 1)
      ? "probabilities"
      : "logits";
    const threshold = answers.threshold ?? 0.5;
    findings.add("outputs", `one map of ${values}`, answers.scores ? "as asked" : "its values", ["scores"]);
    findings.add(
      "outputs",
      `class 1 where the probability is above ${threshold}`,
      answers.threshold === undefined ? "assumed" : "as asked",
      ["threshold"],
      answers.threshold === undefined,
    );
    return { spec: { kind: "mask", values, threshold } as OutputSpec, names: { mask: name }, classes: 2 };
  }
  findings.add("outputs", `logits of ${classes} classes, ${shape[2]}×${shape[3]}`, "the shape of the output");
  return { spec: { kind: "labels" }, names: { logits: name }, classes };
}

/** `[1, K]`, or as networks that end with a pooling may have it, `[1, K, 1, 1]`. */
function isVector([batch, , ...rest]: readonly number[]): boolean {
  return batch === 1 && (rest.length === 0 || rest.length === 2 && rest.every((size) => size === 1));
}

function classificationOutputs(
  { outputs, answers, findings }: OutputQuestion,
): Omit<FoundOutputs, "task"> | undefined {
  const output = outputs.find(({ shape, isInteger }) => isVector(shape) && !isInteger);
  if (!output) return undefined;
  const { name, shape: [, classes], data } = output;
  if (classes < 2) return undefined;
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
    ? { spec: { kind: "probabilities" }, names: { probabilities: name }, classes }
    : { spec: { kind: "classes" }, names: { logits: name }, classes };
}
