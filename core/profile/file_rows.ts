/**
 * The rows of a file: the nodes that its author wrote. The runtime opens functions, adds casts where it lacks a kernel,
 * and makes constants of what is constant; each node that it runs belongs to one of the file's.
 */
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/mod.ts";
import { attributeNodes } from "./measuring/attribution.ts";
import { allNodes } from "./counting/graph_walk.ts";

/** Where a node of the graph that runs belongs. */
export interface Place {
  /** The node of the file; a node that the runtime made of nothing known stands for itself. */
  readonly node: OnnxNode;
  /** It only brings data into the form that `node` takes or returns. */
  readonly layout: boolean;
}

/** Finds the file's node of every node that runs when nothing is rewritten. */
export function placeNodes(file: OnnxGraph, running: OnnxGraph): Map<OnnxNode, Place> {
  const same = Map.groupBy(allNodes(file), identity);
  const places = new Map<OnnxNode, Place>();
  const others: OnnxNode[] = [];
  for (const node of allNodes(running)) {
    const original = same.get(identity(node))?.shift();
    if (original) places.set(node, { node: original, layout: false });
    else others.push(node);
  }
  if (others.length === 0) return places;
  const { purposes } = attributeNodes(file, running);
  for (const node of others) {
    const { node: original = node, layout = false } = purposes.get(node) ?? {};
    places.set(node, { node: original, layout });
  }
  return places;
}

/** What a node keeps if the runtime only loads it. */
function identity({ operator, domain, name, outputs }: OnnxNode): string {
  return JSON.stringify([operator, domain === "ai.onnx" ? "" : domain, name, outputs]);
}

/** Operators that only bring a constant into another form: the weight is that of the node that uses it. */
const CARRIERS = new Set([
  "Cast",
  "Constant",
  "DequantizeLinear",
  "Flatten",
  "Identity",
  "Reshape",
  "Slice",
  "Split",
  "Squeeze",
  "Transpose",
  "Unsqueeze",
]);

/** Constants by the names of all tensors that carry them. */
export type Carried = ReadonlyMap<string, readonly OnnxTensor[]>;

/** Whether a node only carries constants, so that they belong to the nodes behind it. */
export function isCarrier({ operator, inputs }: OnnxNode, carried: Carried): boolean {
  return CARRIERS.has(operator) && inputs.length > 0 &&
    inputs.every((name) => name === "" || carried.has(name));
}
