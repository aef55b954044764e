/** Walking through an ONNX graph and the graphs in its nodes' attributes: bodies of loops, branches of conditions. */
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../../onnx/mod.ts";

/** The graphs in a node's attributes. */
export function nodeBodies({ attributes }: OnnxNode): OnnxGraph[] {
  return Object.values(attributes).flatMap((value) => value.type === "graph" ? [value.value] : []);
}

/** The nodes of a graph, each followed by those of its bodies. */
export function* allNodes(graph: OnnxGraph): Generator<OnnxNode> {
  for (const node of graph.nodes) {
    yield node;
    for (const body of nodeBodies(node)) yield* allNodes(body);
  }
}

/** The constants of a graph and of its bodies: initializers, and tensors in attributes. */
export function* graphTensors(graph: OnnxGraph): Generator<OnnxTensor> {
  yield* graph.initializers;
  for (const node of allNodes(graph)) {
    for (const body of nodeBodies(node)) yield* body.initializers;
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.type === "tensor") yield attribute.value;
    }
  }
}

/** The node that makes each tensor. */
export function producersOf(nodes: readonly OnnxNode[]): Map<string, OnnxNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((tensor) => [tensor, node])));
}
