/** Rewriting ONNX models. */
import { concatenate } from "../bytes.ts";
import {
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  standardNode,
} from "./model.ts";
import { ProtoWriter } from "./protobuf.ts";

/** Replaces the input of the tensor's name by the tensor as a constant. */
export function withConstantInput(model: OnnxModel, tensor: OnnxTensor): OnnxModel {
  const { graph } = model;
  return withGraph(model, {
    inputs: graph.inputs.filter(({ name }) => name !== tensor.name),
    initializers: [...graph.initializers, tensor],
  });
}

/** Replaces an input by `nodes` that compute it from other inputs and from `constants`. */
export function withComputedInput(
  model: OnnxModel,
  input: string,
  nodes: readonly OnnxNode[],
  constants: readonly OnnxTensor[],
): OnnxModel {
  const { graph } = model;
  return withGraph(model, {
    inputs: graph.inputs.filter(({ name }) => name !== input),
    initializers: [...graph.initializers, ...constants],
    nodes: [...nodes, ...graph.nodes],
  });
}

/** The model with other outputs: the shapes of tensors, as `shape.0`, `shape.1`, … in this order. */
export function withShapes(model: OnnxModel, tensors: readonly string[]): OnnxModel {
  const nodes = tensors.map((tensor, index) => standardNode("Shape", [tensor], `shape.${index}`));
  return withGraph(model, {
    nodes: [...model.graph.nodes, ...nodes],
    outputs: nodes.map(({ name }) => ({ name, elementType: "int64" })),
  });
}

/** Removes what computes `tensor`, which becomes the only input, `info`. */
export function withInputAt(model: OnnxModel, tensor: string, info: OnnxValueInfo): OnnxModel {
  const { graph } = model;
  const nodes = renameInputs(neededNodes(graph, new Set([tensor])), new Map([[tensor, info.name]]));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return withGraph(model, {
    nodes,
    inputs: [info],
    initializers: graph.initializers.filter(({ name }) => used.has(name)),
  });
}

/** The minimum number of elements of a tensor that is worth halving. */
const MIN_ELEMENTS = 16;

/** The largest finite number in half precision. */
const MAX_HALF = 65_504;

/**
 * Stores weights in half precision, which halves the file. The network still computes in single precision: each weight is
 * converted once when the model is loaded. Tensors with values outside the range of half precision are left as they are.
 */
export function withHalfWeights(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const casts: OnnxNode[] = [];
  const renamed = new Map<string, string>();
  const initializers = graph.initializers.map((tensor) => {
    const half = tensor.elementType === "float32" ? halved(tensor) : undefined;
    if (!half) return tensor;
    const { name } = tensor;
    renamed.set(name, `${name}.single`);
    casts.push(standardNode("Cast", [name], `${name}.single`, { to: { type: "int", value: 1 } }));
    return half;
  });
  return withGraph(model, { initializers, nodes: [...casts, ...renameInputs(graph.nodes, renamed)] });
}

function halved(tensor: OnnxTensor): OnnxTensor | undefined {
  const { data } = tensor;
  const bytes = data.byteOffset % 4 === 0 ? data : data.slice();
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  if (values.length < MIN_ELEMENTS || values.some((value) => Math.abs(value) > MAX_HALF)) return undefined;
  return { ...tensor, elementType: "float16", data: new Uint8Array(new Float16Array(values).buffer) };
}

/** The nodes that the outputs need if `known` tensors are given. */
function neededNodes(graph: OnnxGraph, known: ReadonlySet<string>): OnnxNode[] {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const needed = new Set<OnnxNode>();
  const wanted = graph.outputs.map(({ name }) => name);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const node = known.has(name) ? undefined : producers.get(name);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    wanted.push(...node.inputs);
  }
  return graph.nodes.filter((node) => needed.has(node));
}

/** The nodes with other names for tensors that they read. */
export function renameInputs(nodes: readonly OnnxNode[], names: ReadonlyMap<string, string>): OnnxNode[] {
  return nodes.map((node) =>
    node.inputs.some((name) => names.has(name))
      ? { ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) }
      : node
  );
}

function withGraph(model: OnnxModel, changes: Partial<OnnxGraph>): OnnxModel {
  return { ...model, graph: { ...model.graph, ...changes } };
}

/** The number of `metadata_props` in `ModelProto`. */
const METADATA_PROPS = 14;

/**
 * The same file with more `metadata_props`. Fields of a message that follow each other are one list, so nothing of the file
 * is decoded, changed or lost; of entries with the same key the last counts.
 */
export function appendMetadata(
  file: Uint8Array,
  entries: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  for (const [key, value] of Object.entries(entries)) {
    writer.message(METADATA_PROPS, (entry) => {
      entry.bytes(1, key);
      entry.bytes(2, value);
    });
  }
  return concatenate([file, writer.finish()]);
}
