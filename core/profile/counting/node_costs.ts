/** What the nodes of an ONNX graph cost, once the shapes of their tensors are known. */
import type { Shape } from "../../graph/mod.ts";
import type { OnnxGraph, OnnxNode } from "../../onnx/mod.ts";
import { type CountingRule, countNode } from "./counters.ts";
import { producersOf } from "./graph_walk.ts";
import type { UncountedOperator, Window } from "./layer_cost.ts";

/** The shape of a tensor, where it is known. */
export type TensorShapes = (tensor: string) => Shape | undefined;

/** Operators that exporters write between a tensor and its h-swish gate. */
const GATE_OPERATORS = new Set(["HardSigmoid", "Clip", "Add", "Mul", "Div"]);

/** Those of them that every h-swish has. */
const GATE_CLIPS = new Set(["HardSigmoid", "Clip"]);

/** x · clip(x + 3) / 6 has three operators on the way from the gate back to x; a longer way is something else. */
const GATE_LENGTH = 4;

/** Counts the nodes of one graph, without those of the graphs in its attributes. */
export class NodeCounter {
  readonly #final: ReadonlySet<string>;
  readonly #producers: ReadonlyMap<string, OnnxNode>;

  constructor(readonly graph: OnnxGraph, readonly rule: CountingRule) {
    this.#final = finalTensors(graph);
    this.#producers = producersOf(graph.nodes);
  }

  /** The multiply-adds of a node; `undefined` when they cannot be counted. */
  count(node: OnnxNode, shapes: TensorShapes): number | undefined {
    const { operator, domain, attributes } = node;
    return countNode({
      operator: this.rule === "extended" && this.#isHardSwish(node) ? "HardSwish" : operator,
      domain,
      attributes,
      inputShapes: node.inputs.map(shapes),
      outputShapes: node.outputs.map(shapes),
      final: node.outputs.some((tensor) => this.#final.has(tensor)),
    }, this.rule);
  }

  /** Whether a product is x · h-sigmoid(x): most files write h-swish with several operators. */
  #isHardSwish({ operator, inputs: [left, right] }: OnnxNode): boolean {
    return operator === "Mul" && (this.#isGateOf(left, right) || this.#isGateOf(right, left));
  }

  #isGateOf(x: string, gate: string): boolean {
    let clipped = false;
    for (let tensor = gate, steps = 0; steps < GATE_LENGTH; steps++) {
      const node = this.#producers.get(tensor);
      if (!node || !GATE_OPERATORS.has(node.operator)) return false;
      clipped ||= GATE_CLIPS.has(node.operator);
      const variable = node.inputs.filter((input) => input === x || this.#producers.has(input));
      if (clipped && variable.includes(x)) return true;
      if (variable.length !== 1) return false;
      tensor = variable[0];
    }
    return false;
  }
}

/** The tensors that leave a graph unchanged, possibly under another name. */
function finalTensors(graph: OnnxGraph): Set<string> {
  const final = new Set(graph.outputs.map((output) => output.name));
  for (const node of graph.nodes.toReversed()) {
    if (node.operator === "Identity" && final.has(node.outputs[0])) final.add(node.inputs[0]);
  }
  return final;
}

/** Collects the operators that could not be counted. */
export class UncountedOperators {
  readonly #nodes = new Map<string, number>();

  /** Adds a node; the name includes its domain unless that is the standard one. */
  add({ operator, domain }: Pick<OnnxNode, "operator" | "domain">): void {
    const name = domain ? `${domain}:${operator}` : operator;
    this.#nodes.set(name, (this.#nodes.get(name) ?? 0) + 1);
  }

  /** The operators, the most frequent first. */
  list(): UncountedOperator[] {
    return [...this.#nodes]
      .map(([operator, nodes]) => ({ operator, nodes }))
      .sort((left, right) => right.nodes - left.nodes || left.operator.localeCompare(right.operator));
  }
}

/** Which input of a convolution is its weight `[out, in / groups, …]`. */
const WEIGHT_INPUT: Readonly<Record<string, number>> = {
  Conv: 1,
  FusedConv: 1,
  ConvInteger: 1,
  DeformConv: 1,
  ConvTranspose: 1,
  QLinearConv: 3,
};

/** The window of a convolution or pooling; `undefined` for other operators. */
export function nodeWindow(node: OnnxNode, shapes: TensorShapes): Window | undefined {
  const weightInput = Object.hasOwn(WEIGHT_INPUT, node.operator) ? WEIGHT_INPUT[node.operator] : undefined;
  const weight = weightInput === undefined ? undefined : shapes(node.inputs[weightInput]);
  const kernel = integers(node, "kernel_shape") ?? weight?.slice(2);
  if (!kernel || kernel.length === 0) return undefined;
  const group = node.attributes.group;
  const groups = group?.type === "int" ? group.value : 1;
  const ones = kernel.map(() => 1);
  return {
    kernel,
    stride: integers(node, "strides") ?? ones,
    dilation: integers(node, "dilations") ?? ones,
    groups,
    depthwise: groups > 1 && (node.operator === "ConvTranspose" ? weight?.[0] === groups : weight?.[1] === 1),
  };
}

function integers(node: OnnxNode, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === "ints" ? attribute.value : undefined;
}
