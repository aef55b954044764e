import type { OnnxGraph, OnnxNode } from "../../onnx/mod.ts";
import { nodeBodies } from "../counting/graph_walk.ts";
import type { KernelEvent } from "./profile_file.ts";

/** A kernel with the node that it executes. */
export interface MatchedKernel {
  /** Absent for a kernel that is not in the graph. */
  readonly node?: OnnxNode;
  readonly kernel: KernelEvent;
  /** Its duration without the kernels inside it. */
  readonly microseconds: number;
}

/**
 * Finds the node of every kernel of a run, including those inside control flow. The graph must be the one that ran:
 * the runtime can write it to a file (`optimizedModelFilePath`).
 */
export function matchKernels(graph: OnnxGraph, kernels: readonly KernelEvent[]): MatchedKernel[] {
  const nodes = matchInOrder(graph.nodes, kernels) ?? matchByName(graph.nodes, kernels);
  return kernels.flatMap((kernel, index) => {
    const node = nodes[index];
    const inside = kernel.children.reduce((sum, child) => sum + child.duration, 0);
    const own = { node, kernel, microseconds: Math.max(0, kernel.duration - inside) };
    return [own, ...matchBodies(node, kernel.children)];
  });
}

/** The names of the nodes show which of several branches ran. */
function matchBodies(node: OnnxNode | undefined, kernels: readonly KernelEvent[]): MatchedKernel[] {
  if (kernels.length === 0) return [];
  const found = (matched: readonly MatchedKernel[]) => matched.filter((match) => match.node).length;
  const candidates = (node ? nodeBodies(node) : []).map((body) => matchKernels(body, kernels));
  const best = candidates.sort((left, right) => found(right) - found(left))[0];
  return best ?? kernels.map((kernel) => ({ kernel, microseconds: kernel.duration }));
}

/** A graph that the runtime wrote lists its nodes in the order in which they run. */
function matchInOrder(
  nodes: readonly OnnxNode[],
  kernels: readonly KernelEvent[],
): readonly OnnxNode[] | undefined {
  const fits = (node: OnnxNode, { name, operator }: KernelEvent) =>
    node.operator === operator && (node.name === "" || node.name === name);
  return nodes.length === kernels.length && nodes.every((node, index) => fits(node, kernels[index]))
    ? nodes
    : undefined;
}

/** A body runs any number of times, in another order than it is written in. */
function matchByName(
  nodes: readonly OnnxNode[],
  kernels: readonly KernelEvent[],
): (OnnxNode | undefined)[] {
  const named = new Map(nodes.toReversed().map((node) => [node.name, node]));
  const nameless = Map.groupBy(nodes.filter((node) => node.name === ""), (node) => node.operator);
  const indices = new Map<string, number[]>();
  for (const { name, operator, index } of kernels) {
    if (name !== `${operator}_${index}`) continue;
    const known = indices.get(operator) ?? [];
    if (!known.includes(index)) indices.set(operator, [...known, index].sort((left, right) => left - right));
  }
  return kernels.map(({ name, operator, index }) => {
    const node = named.get(name);
    if (node && node.operator === operator) return node;
    // The runtime numbers the nodes of a graph in the order of the file.
    const rank = indices.get(operator)?.indexOf(index) ?? -1;
    return rank < 0 ? undefined : nameless.get(operator)?.[rank];
  });
}
