/**
 * Which node of a file each node of the rewritten graph stands for. onnxruntime fuses nodes, renames tensors and
 * inserts changes of layout, but enough names of nodes and tensors survive to trace them back.
 */
import type { OnnxGraph, OnnxNode } from "../../onnx/mod.ts";
import { allNodes, nodeBodies, producersOf } from "../counting/graph_walk.ts";

/** What a node of the rewritten graph is for. */
export interface Purpose {
  /** The original node that it stands for; absent when no name leads to one. */
  readonly node?: OnnxNode;
  /** It was inserted to bring data into the form that `node` takes. */
  readonly layout: boolean;
}

/** How the nodes of the rewritten graph and of the original one correspond. */
export interface Attribution {
  /** For every rewritten node, including those in bodies. */
  readonly purposes: ReadonlyMap<OnnxNode, Purpose>;
  /** The node that an original node was fused into. */
  readonly fusedInto: ReadonlyMap<OnnxNode, OnnxNode>;
}

/** Changes of layout whose output is named after the tensor that they change. */
const REORDERS = new Set(["ReorderInput", "ReorderOutput"]);

/** Operators that only move data: if its output has the name of another operator's tensor, it was inserted behind it. */
const MOVES = new Set(
  [
    "Cast",
    "Concat",
    "Gather",
    "Identity",
    "Reshape",
    "Shape",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
  ],
);

/** The operator of a fusion's main node, by the operator of the fusion. */
const MAIN_OPERATORS: Readonly<Record<string, string>> = {
  Conv: "Conv",
  FusedConv: "Conv",
  QLinearConv: "Conv",
  Gemm: "Gemm",
  FusedGemm: "Gemm",
  FusedMatMul: "MatMul",
  QLinearMatMul: "MatMul",
};

/** How many nodes the way from a fusion's namesake back to its main node can have: Mul, HardSigmoid, Conv. */
const FUSION_LENGTH = 3;

/** Operators that are fused into the node after them, not into the one before. */
const PREPARATIONS = new Set(["Constant", "DequantizeLinear", "Pad"]);

/** Traces every node of a rewritten graph back to the original. */
export function attributeNodes(original: OnnxGraph, rewritten: OnnxGraph): Attribution {
  const claims = new Claims(original, rewritten);
  const purposes = new Map<OnnxNode, Purpose>();
  collectPurposes(rewritten, claims.origins, purposes);
  return { purposes, fusedInto: claims.fusions() };
}

/** Nodes without an origin were inserted for the next node that has one. */
function collectPurposes(
  graph: OnnxGraph,
  origins: ReadonlyMap<OnnxNode, OnnxNode>,
  purposes: Map<OnnxNode, Purpose>,
): void {
  const producers = producersOf(graph.nodes);
  const consumers = consumersOf(graph.nodes);
  const after = (node: OnnxNode) => node.outputs.map((tensor) => consumers.get(tensor)).find(Boolean);
  const before = (node: OnnxNode) => node.inputs.map((tensor) => producers.get(tensor)).find(Boolean);
  const originAlong = (node: OnnxNode | undefined, next: typeof after) => {
    while (node && !origins.has(node)) node = next(node);
    return node && origins.get(node);
  };
  for (const node of graph.nodes) {
    const layout = !origins.has(node) && (REORDERS.has(node.operator) || MOVES.has(node.operator));
    purposes.set(node, { node: originAlong(node, after) ?? originAlong(node, before), layout });
    for (const body of nodeBodies(node)) collectPurposes(body, origins, purposes);
  }
}

/** Which original nodes still run, and as what. */
class Claims {
  /** The original node of every rewritten one that has one. */
  readonly origins = new Map<OnnxNode, OnnxNode>();
  readonly #nodes: readonly OnnxNode[];
  readonly #rewritten: readonly OnnxNode[];
  readonly #byName: ReadonlyMap<string, readonly OnnxNode[]>;
  readonly #byOutput: ReadonlyMap<string, readonly OnnxNode[]>;
  readonly #claimed = new Set<OnnxNode>();

  constructor(original: OnnxGraph, rewritten: OnnxGraph) {
    this.#nodes = [...allNodes(original)];
    this.#rewritten = [...allNodes(rewritten)];
    this.#byName = groupPairs(
      this.#nodes.filter((node) => node.name !== "").map((node) => [node.name, node]),
    );
    this.#byOutput = groupPairs(this.#nodes.flatMap((node) => node.outputs.map((tensor) => [tensor, node])));
    const moved = this.#rewritten.filter((node) => !REORDERS.has(node.operator));
    for (const node of moved) this.#claim(node, this.#namesakes(node));
    for (const node of moved) this.#claim(node, this.#sameOutput(node));
  }

  /**
   * The hosts of the nodes that no rewritten node stands for: the node before (for an activation, a sum), or the one
   * after.
   */
  fusions(): Map<OnnxNode, OnnxNode> {
    const fused = new Map<OnnxNode, OnnxNode>();
    for (const node of this.origins.keys()) this.#absorb(node, fused);

    const producers = producersOf(this.#nodes);
    const consumers = consumersOf(this.#nodes);
    const place = new Map(this.#rewritten.map((node, index) => [this.origins.get(node), index]));
    const standsIn = (node: OnnxNode | undefined) =>
      node && (this.#claimed.has(node) ? node : fused.get(node));
    // What is fused into the node before can only run in the last of those that it depends on.
    const before = (node: OnnxNode) =>
      node.inputs.map((tensor) => standsIn(producers.get(tensor))).filter((other) => other !== undefined)
        .sort((left, right) => place.get(right)! - place.get(left)!)[0];
    const after = (node: OnnxNode) =>
      node.outputs.map((tensor) => standsIn(consumers.get(tensor))).find((other) => other !== undefined);
    const settle = (nodes: readonly OnnxNode[], find: typeof after) => {
      for (const node of nodes) {
        const found = standsIn(node) ? undefined : find(node);
        if (found) fused.set(node, found);
      }
    };
    const backwards = this.#nodes.toReversed();
    settle(backwards.filter((node) => PREPARATIONS.has(node.operator)), after);
    settle(this.#nodes, before);
    settle(backwards, after);
    return fused;
  }

  /**
   * A node that was changed in place keeps its name, one that replaces others extends the name of one of them,
   * and one in the blocked layout is named after its tensor.
   */
  #namesakes({ name, operator }: OnnxNode): readonly OnnxNode[] {
    // An inserted node is called by its operator, with a number if that is taken.
    if (name.replace(/_token_\d+$/, "") === operator) return this.#byName.get(name) ?? [];
    for (let end = name.length; end > 0; end--) {
      if (end < name.length && /[A-Za-z0-9]/.test(name[end])) continue;
      const part = name.slice(0, end);
      const blocked = name.startsWith("_nchwc", end) ? this.#byOutput.get(part) : undefined;
      const found = blocked ?? this.#byName.get(part);
      if (found) return found;
    }
    return [];
  }

  /** A fusion returns the tensor of the last of its nodes. */
  #sameOutput(node: OnnxNode): OnnxNode[] {
    const producers = node.outputs.flatMap((tensor) => this.#byOutput.get(tensor) ?? []);
    return producers.filter(({ operator }) => operator === node.operator || !MOVES.has(node.operator));
  }

  #claim(node: OnnxNode, candidates: readonly OnnxNode[]): void {
    const named = candidates.find((candidate) => !this.#claimed.has(candidate)) ?? candidates[0];
    if (!named || this.origins.has(node)) return;
    // A cast behind the node that it returns the tensor of.
    if (node.operator === "Cast" && named.operator !== "Cast" && this.#claimed.has(named)) return;
    const origin = this.#mainNode(node, named);
    this.origins.set(node, origin);
    this.#claimed.add(origin);
  }

  /** The convolution or product among the nodes of a fusion, which may be named after its activation. */
  #mainNode({ operator }: OnnxNode, named: OnnxNode): OnnxNode {
    const wanted = Object.hasOwn(MAIN_OPERATORS, operator) ? MAIN_OPERATORS[operator] : named.operator;
    let node: OnnxNode | undefined = named;
    for (let steps = 0; node && steps < FUSION_LENGTH; steps++) {
      if (node.operator === wanted) return node;
      node = this.#byOutput.get(node.inputs[0])?.[0];
    }
    return named;
  }

  /** Walks back from the original tensor that a node returns to those that it takes: all nodes between are in it. */
  #absorb(rewritten: OnnxNode, fused: Map<OnnxNode, OnnxNode>): void {
    const origin = this.origins.get(rewritten)!;
    const inputs = new Set(rewritten.inputs);
    const pending = rewritten.outputs.flatMap((tensor) => this.#byOutput.get(tensor) ?? []);
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (node !== origin) {
        if (this.#claimed.has(node) || fused.has(node)) continue;
        fused.set(node, origin);
      }
      for (const tensor of node.inputs) {
        const producers = inputs.has(tensor) ? [] : this.#byOutput.get(tensor) ?? [];
        pending.push(...producers.filter((producer) => producer !== origin));
      }
    }
  }
}

/** The tensors that a node or its bodies take. */
function consumedTensors(node: OnnxNode): readonly string[] {
  return [...node.inputs, ...nodeBodies(node).flatMap((body) => body.nodes.flatMap(consumedTensors))]
    .filter((tensor) => tensor !== "");
}

/** The first node that takes each tensor. */
function consumersOf(nodes: readonly OnnxNode[]): Map<string, OnnxNode> {
  return new Map(nodes.toReversed().flatMap((node) => consumedTensors(node).map((tensor) => [tensor, node])));
}

function groupPairs(pairs: readonly (readonly [string, OnnxNode])[]): Map<string, OnnxNode[]> {
  const groups = new Map<string, OnnxNode[]>();
  for (const [key, node] of pairs) {
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  return groups;
}
