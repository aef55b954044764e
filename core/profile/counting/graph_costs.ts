import {
  type BoundConv,
  countParameters,
  type Extent,
  type Graph,
  type GraphInput,
  inferShapes,
  type Layer,
  layerParameters,
  type Shape,
  toOnnx,
} from "../../graph/mod.ts";
import type { OnnxNode } from "../../onnx/mod.ts";
import { elementCount } from "../../weights/tensor.ts";
import type { CountingRule } from "./counters.ts";
import { type LayerCost, type NetworkCosts, sumCosts } from "./layer_cost.ts";
import { NodeCounter, nodeWindow, UncountedOperators } from "./node_costs.ts";

/** What is counted, and how. */
export interface CountOptions {
  /** @default {"plain"} */
  readonly rule?: CountingRule;
  /**
   * Outputs that are brought to a size `[height, width]` after the network, by name: the extended rule counts
   * that upsampling, which our networks leave to the code that reads them.
   */
  readonly upsampled?: Readonly<Record<string, Extent>>;
}

/** The operators that characterise a layer of several nodes. */
const MAIN_OPERATORS = new Set(["Conv", "Resize", "Transpose"]);

/**
 * Counts every layer of a network for one input. No weights are needed and nothing runs: the layers are
 * lowered to ONNX nodes, which are counted like those of any file.
 *
 * @throws {RangeError} when the network cannot take the input.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../../graph/mod.ts";
 * import { countLayers } from "./graph_costs.ts";
 * const g = new GraphBuilder();
 * const conv = g.conv(g.tensor("image", 3), { name: "stem", channels: 16, kernel: 3, stride: 2 });
 * const costs = countLayers(g.finish({ conv }), { shapes: { image: [1, 3, 224, 224] } });
 * assert.equal(costs.madds, 3 * 3 * 3 * 16 * 112 * 112);
 * assert.equal(costs.parameters, 3 * 3 * 3 * 16 + 16);
 * ```
 */
export function countLayers(graph: Graph, input: GraphInput, options: CountOptions = {}): NetworkCosts {
  const { rule = "plain", upsampled = {} } = options;
  const shapes = inferShapes(graph, input);
  const nodes = layerNodes(graph);
  const outputs = nodes.model.graph.outputs.filter(({ name }) => !Object.hasOwn(upsampled, name));
  const counter = new NodeCounter({ ...nodes.model.graph, outputs }, rule);
  const weights = new Map(nodes.model.graph.initializers.map(({ name, shape }) => [name, shape]));
  // Every node that counts returns its layer's shape: the other nodes of a layer only move data.
  const tensorShape = (tensor: string) => {
    const layer = nodes.tensorLayers.get(tensor);
    return layer ? shapes.get(layer) : weights.get(tensor);
  };

  const uncounted = new UncountedOperators();
  const known = new Set<string>();
  const rows: LayerCost[] = [];
  for (const layer of graph.layers) {
    if (layer.operator.kind === "input") continue;
    const own = nodes.byLayer.get(layer) ?? [];
    let madds: number | undefined = 0;
    for (const node of own) {
      const count = counter.count(node, tensorShape);
      if (count === undefined) uncounted.add(node);
      madds = madds === undefined || count === undefined ? undefined : madds + count;
    }
    const parameters = layerParameters(layer).filter(({ name }) => !known.has(name));
    parameters.forEach(({ name }) => known.add(name));
    const outputShape = shapes.get(layer)!;
    const main = own.find((node) => MAIN_OPERATORS.has(node.operator)) ?? own.at(-1);
    rows.push({
      name: layer.name,
      ...describe(layer, main),
      window: main && nodeWindow(main, tensorShape),
      outputShape,
      parameters: countParameters(parameters),
      parametersWithoutBatchNorm: countParameters(parameters, false),
      madds,
      activationBytes: float32Bytes(outputShape),
      movedBytes: movedBytes(own, (tensor) => weights.has(tensor) ? undefined : tensorShape(tensor)) +
        4 * countParameters(layerParameters(layer), false),
    });
  }
  for (const [name, extent] of Object.entries(upsampled)) {
    rows.push(upsampling(name, shapes.get(graph.outputs[name].layer)!, extent, rule));
  }
  const costs = sumCosts(rows, rule, uncounted.list());
  return { ...costs, weightBytes: { float32: 4 * costs.parametersWithoutBatchNorm } };
}

/** What a layer of several nodes takes from others, and what it returns; weights have no shape here. */
function movedBytes(nodes: readonly OnnxNode[], shapeOf: (tensor: string) => Shape | undefined): number {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const taken = new Set(nodes.flatMap(({ inputs }) => inputs).filter((tensor) => !made.has(tensor)));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const returned = [...made].filter((tensor) => !used.has(tensor));
  return [...taken, ...returned].reduce((sum, tensor) => {
    const shape = shapeOf(tensor);
    return sum + (shape ? float32Bytes(shape) : 0);
  }, 0);
}

/** A graph's nodes by layer, with weights that have shapes but no elements. */
function layerNodes(graph: Graph) {
  const nothing = new Float32Array();
  const weights = new Map<Layer, BoundConv>();
  for (const layer of graph.layers) {
    const { operator } = layer;
    if (operator.kind !== "conv") continue;
    weights.set(layer, { weight: nothing, bias: operator.bias || operator.batchNorm ? nothing : undefined });
  }
  const { model, tensorLayers } = toOnnx(graph, weights, { tuned: false });
  const byLayer = Map.groupBy(model.graph.nodes, (node) => tensorLayers.get(node.outputs[0])!);
  return { model, tensorLayers, byLayer };
}

function describe(
  { operator }: Layer,
  main: OnnxNode | undefined,
): Pick<LayerCost, "operator" | "activation"> {
  switch (operator.kind) {
    case "preprocess":
      return { operator: "Preprocess" };
    case "activation":
      return { operator: operator.activation === "h-swish" ? "HardSwish" : main!.operator };
    case "conv":
      return { operator: "Conv", activation: operator.activation };
    default:
      return { operator: main?.operator ?? operator.kind };
  }
}

function upsampling(name: string, shape: Shape, extent: Extent, rule: CountingRule): LayerCost {
  const outputShape = [...shape.slice(0, 2), ...extent];
  return {
    name: `${name} upsampling`,
    operator: "Resize",
    outputShape,
    parameters: 0,
    parametersWithoutBatchNorm: 0,
    madds: rule === "extended" ? elementCount(outputShape) : 0,
    activationBytes: float32Bytes(outputShape),
  };
}

function float32Bytes(shape: Shape): number {
  return elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
}
