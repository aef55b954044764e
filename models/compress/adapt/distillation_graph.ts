/** The training graph of a distillation: the student, the teacher's values as inputs, and the loss between them. */
import {
  absoluteLoss,
  addValues,
  cutGraph,
  distributionLoss,
  type Extent,
  type GradientGraph,
  gradientGraph,
  type Graph,
  heatMapLoss,
  type Layer,
  squaredLoss,
  type Tape,
  type Value,
  withOutputs,
} from "../../../core/graph/mod.ts";
import {
  concat as concatenated,
  elementwise,
  mapped,
  reduced,
  sliced,
} from "../../../core/graph/gradient_arithmetic.ts";
import { fixedShape } from "../../../core/graph/gradient_tape.ts";
import type { Tasks } from "../../network.ts";
import type { Candidate } from "./candidate.ts";

/** A value inside the network that the student should have as the teacher has it. */
export interface Hint {
  readonly layer: string;
  readonly value: Value;
  /** The group of its channels. */
  readonly group: string;
}

/** What is learned from. */
export interface DistillationSetup {
  readonly student: Candidate;
  readonly tasks: Tasks;
  readonly batch: number;
  /** Of the images, in pixels. */
  readonly crop: Extent;
  readonly hints: readonly Hint[];
  /** By hint: 1 / the teacher's sum of squares in a batch. */
  readonly hintFactors: readonly number[];
}

/** The name of the network's input once images are prepared. */
export const PREPARED = "prepared";

/** The output that is an image as the network sees it. */
export function preparedValue(graph: Graph): Value {
  const layer = graph.layers.find(({ operator }) => operator.kind === "preprocess")!;
  return { layer, channels: 3 };
}

/**
 * The linear values of groups of channels: the sums of residuals and the last 1×1 convolutions of heads. Of each group
 * the last, which holds what all its layers make.
 */
export function hintsOf({ graph, layout }: Candidate): Hint[] {
  const groups = new Map<Layer, string>();
  const hints = new Map<string, Hint>();
  const outputs = new Set(Object.values(graph.outputs).map(({ layer }) => layer));
  for (const layer of graph.layers) {
    const { operator } = layer;
    if (operator.kind !== "conv" && operator.kind !== "add") continue;
    if (operator.kind === "conv" && (operator.activation || operator.groups > 1)) continue;
    const parts = operator.kind === "conv" ? layout.convs.get(layer.scope)!.outputs : undefined;
    const group = parts ? (parts.length === 1 ? parts[0].group : null) : groups.get(layer.inputs[0].layer);
    if (!group || outputs.has(layer)) continue;
    groups.set(layer, group);
    hints.set(group, { layer: layer.name, group, value: { layer, channels: layer.inputs[0].channels } });
  }
  return [...hints.values()];
}

/** The loss of a batch and its gradients for all weights and biases. */
export function distillationGraph(setup: DistillationSetup): GradientGraph {
  const { student: { graph, weights }, tasks, batch, crop, hints, hintFactors } = setup;
  const hinted = Object.fromEntries(hints.map(({ value }, i) => [hintName(i), value]));
  const whole = withOutputs(graph, { ...graph.outputs, ...hinted });
  const { after } = cutGraph(whole, { [PREPARED]: preparedValue(graph) });
  const learned = new Set(
    [...weights].flatMap(([scope, { bias }]) =>
      bias ? [`${scope}.weight`, `${scope}.bias`] : [`${scope}.weight`]
    ),
  );
  return gradientGraph(after, {
    shapes: { [PREPARED]: [batch, 3, ...crop] },
    learns: (name) => learned.has(name),
    loss: (tape, outputs) => {
      const teacher = (name: string) => tape.input(teacherName(name), "float32", fixedShape(outputs[name]));
      const terms = Object.keys(graph.outputs).map((name) => outputLoss(tape, tasks, name, outputs, teacher));
      hints.forEach((_, i) => {
        const name = hintName(i);
        terms.push(squaredLoss(tape, outputs[name], teacher(name), hintFactors[i] / hints.length));
      });
      return terms.reduce((sum, term) => addValues(tape, sum, term));
    },
  });
}

/** The output of a student's hint. */
export function hintName(index: number): string {
  return `hint.${index}`;
}

/** The input for what the teacher has. */
export function teacherName(output: string): string {
  return `teacher.${output}`;
}

/** The loss of one output, as `distance.ts` measures it. */
function outputLoss(
  tape: Tape,
  tasks: Tasks,
  name: string,
  outputs: Readonly<Record<string, Value>>,
  teacher: (name: string) => Value,
): Value {
  const [task, local] = name.split(".");
  const [student, wanted] = [outputs[name], teacher(name)];
  const peaks = tasks.detect?.head.spec.kind === "peaks";
  if (task === "detect" && peaks && local === "heatmap") return heatMapLoss(tape, student, wanted);
  if (task === "detect" && peaks && local === "distances") {
    return boxLoss(tape, student, wanted, teacher("detect.heatmap"));
  }
  if (task === "segment" || task === "classify") return distributionLoss(tape, student, wanted);
  return squaredLoss(tape, student, wanted, inverse(tape, squaresOf(tape, wanted)));
}

/** Narrower boxes than this, in the network's units, count as if they had this width. */
const MIN_SIDE = 0.05;

/**
 * The mean absolute error of box sides relative to the width or height of the teacher's box; cells count by the square of
 * the teacher's highest probability, as in its heat map.
 */
function boxLoss(tape: Tape, student: Value, wanted: Value, heatMap: Value): Value {
  const highest = reduced(tape, "ReduceMax", mapped(tape, "Sigmoid", heatMap), [1]);
  const weight = elementwise(tape, "Mul", highest, highest);
  // Left and right, top and bottom.
  const sides = elementwise(tape, "Add", sliced(tape, wanted, 1, 0, 2), sliced(tape, wanted, 1, 2, 4));
  const bounded = elementwise(
    tape,
    "Add",
    mapped(tape, "Relu", elementwise(tape, "Sub", sides, tape.constant(MIN_SIDE))),
    tape.constant(MIN_SIDE),
  );
  const relative = elementwise(tape, "Div", weight, concatenated(tape, [bounded, bounded], 1));
  return absoluteLoss(tape, student, wanted, inverse(tape, sumOf(tape, weight)), relative);
}

function squaresOf(tape: Tape, value: Value): Value {
  return sumOf(tape, elementwise(tape, "Mul", value, value));
}

function sumOf(tape: Tape, value: Value): Value {
  return reduced(tape, "ReduceSum", value, fixedShape(value).map((_, axis) => axis));
}

function inverse(tape: Tape, value: Value): Value {
  return elementwise(tape, "Div", tape.constant(1), elementwise(tape, "Add", value, tape.constant(1e-6)));
}
