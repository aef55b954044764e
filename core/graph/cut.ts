/** Cutting a network in two: what is computed once, and what runs again and again. */
import type { Graph, Layer, Value } from "./graph.ts";

/** The two parts of a network that was cut. */
export interface CutGraph {
  /** From the network's inputs to the values at which it was cut, by their names. */
  readonly before: Graph;
  /** From these values, as float32 inputs of the same names, to the network's outputs. */
  readonly after: Graph;
}

/**
 * Cuts a network at some of its values.
 *
 * @param cuts the values, by the names that the inputs of the second part get.
 */
export function cutGraph(graph: Graph, cuts: Readonly<Record<string, Value>>): CutGraph {
  const values = new Map<Layer, Pick<Value, "layer">>();
  const inputs: Layer[] = [];
  for (const [name, { layer, channels }] of Object.entries(cuts)) {
    const operator = { kind: "input", name, elementType: "float32", channels } as const;
    const input: Layer = { name, scope: name, operator, inputs: [] };
    inputs.push(input);
    values.set(layer, { layer: input });
  }
  const layers = [...inputs];
  const moved = (value: Value): Value => ({ ...value, layer: values.get(value.layer)!.layer });
  for (const layer of graph.layers) {
    if (values.has(layer)) continue;
    const copy: Layer = { ...layer, inputs: layer.inputs.map(moved) };
    layers.push(copy);
    values.set(layer, { layer: copy });
  }
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, moved(value)]);
  return {
    before: withOutputs(graph, cuts),
    after: withOutputs({ layers }, Object.fromEntries(outputs)),
  };
}

/**
 * Where to cut so that everything learned is in the second part: the values that it takes from the first. A 1×1
 * convolution that widens its input is left to the second part, since its input takes less room.
 *
 * @param learns whether a convolution learns.
 */
export function frontier(graph: Graph, learns: (layer: Layer) => boolean): Value[] {
  const second = new Set<Layer>();
  for (const layer of graph.layers) {
    if (
      (layer.operator.kind === "conv" && learns(layer)) ||
      layer.inputs.some((value) => second.has(value.layer))
    ) second.add(layer);
  }
  const cuts = new Map<Layer, Value>();
  for (const layer of second) {
    for (const value of layer.inputs) {
      const cut = narrower(value);
      if (!second.has(value.layer)) cuts.set(cut.layer, cut);
    }
  }
  // What follows from other cuts, such as the mean of a map, need not be kept.
  const follows = ({ layer }: Value) =>
    layer.operator.kind !== "conv" && layer.inputs.length > 0 &&
    layer.inputs.every((value) => cuts.has(value.layer));
  return [...cuts.values()].filter((value) => !follows(value));
}

function narrower(value: Value): Value {
  const { operator, inputs } = value.layer;
  const widens = operator.kind === "conv" && operator.kernel[0] * operator.kernel[1] === 1 &&
    operator.stride === 1 && inputs[0].channels < value.channels;
  return widens ? inputs[0] : value;
}

/** A graph with other outputs, and only the layers that they need. */
export function withOutputs({ layers }: Pick<Graph, "layers">, outputs: Graph["outputs"]): Graph {
  const needed = new Set<Layer>();
  const visit = ({ layer }: Value) => {
    if (needed.has(layer)) return;
    needed.add(layer);
    layer.inputs.forEach(visit);
  };
  Object.values(outputs).forEach(visit);
  return { layers: layers.filter((layer) => needed.has(layer)), outputs };
}
