/**
 * The operators of an ONNX graph in units that run in int8 as a whole: a convolution with the activation that follows it is
 * one, since its saturation is the activation.
 */
import { elementCount } from "../weights/tensor.ts";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/mod.ts";

/** What a unit computes. `other` has no int8 form here. */
export type UnitKind =
  | "conv"
  | "add"
  | "multiply"
  | "concat"
  | "globalAveragePool"
  | "maxPool"
  | "upsample"
  | "activation"
  | "other";

/** What follows a unit's operator and is part of it. */
export type UnitActivation = "relu" | "relu6" | "h-sigmoid" | "h-swish" | "sigmoid" | "swish";

/** Nodes that run as one. */
export interface Unit {
  /** The name of its first node, or where that is not its own, of that node's output. */
  readonly name: string;
  readonly kind: UnitKind;
  readonly nodes: readonly OnnxNode[];
  /** The tensors that it computes with; constants are not among them. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly activation?: UnitActivation;
  /** The tensor before the activation; without one it is the output. */
  readonly before: string;
}

/** A graph in units, with what is asked of it again and again. */
export interface UnitGraph {
  readonly units: readonly Unit[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
}

/** Divides a graph into units, in the order of their last nodes, which is topological. */
export function unitsOf(graph: OnnxGraph): UnitGraph {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) readers.set(name, [...readers.get(name) ?? [], node]);
  }
  const returned = new Set(graph.outputs.map(({ name }) => name));
  const taken = new Set<OnnxNode>();
  const names = new Set<string>();
  const nameOf = ({ name, outputs: [output] }: OnnxNode) => {
    const own = name !== "" && !names.has(name) ? name : output;
    names.add(own);
    return own;
  };
  const units: { unit: Unit; last: number }[] = [];
  graph.nodes.forEach((node, index) => {
    if (taken.has(node)) return;
    const kind = kindOf(node, constants);
    const [before] = node.outputs;
    const follows = kind === "other" || kind === "activation" || returned.has(before)
      ? undefined
      : activationOf(before, readers.get(before) ?? [], readers, constants, returned);
    const own = kind === "activation"
      ? activationOf(node.inputs[0], [node], readers, constants, returned)
      : undefined;
    const activation = follows ?? own;
    const nodes = follows ? [node, ...follows.nodes] : own ? own.nodes : [node];
    for (const each of nodes) taken.add(each);
    const last = nodes.at(-1)!;
    units.push({
      unit: {
        name: nameOf(node),
        kind: kind === "activation" && !own ? "other" : kind,
        nodes,
        inputs: node.inputs.filter((name) => name !== "" && !constants.has(name)),
        outputs: last.outputs,
        activation: activation?.activation,
        before: own ? node.inputs[0] : before,
      },
      last: last === node ? index : graph.nodes.indexOf(last),
    });
  });
  return { units: units.sort((a, b) => a.last - b.last).map(({ unit }) => unit), constants };
}

type Constants = ReadonlyMap<string, OnnxTensor>;

function kindOf(node: OnnxNode, constants: Constants): UnitKind {
  if (node.domain !== "") return "other";
  const allTensors = node.inputs.every((name) => !constants.has(name));
  switch (node.operator) {
    case "Conv":
      return isPlainConv(node, constants) ? "conv" : "other";
    case "Add":
      return allTensors && node.inputs.length === 2 ? "add" : "other";
    case "Mul":
      return allTensors && node.inputs.length === 2 && node.inputs[0] !== node.inputs[1]
        ? "multiply"
        : "other";
    case "Concat":
      return allTensors && attributeInt(node, "axis") === 1 ? "concat" : "other";
    case "GlobalAveragePool":
      return "globalAveragePool";
    case "MaxPool":
      return node.outputs.length === 1 && attributeInt(node, "ceil_mode") !== 1 ? "maxPool" : "other";
    case "Resize":
      return isPlainUpsample(node, constants) ? "upsample" : "other";
    case "Relu":
    case "Clip":
    case "Sigmoid":
    case "HardSigmoid":
    case "HardSwish":
      return "activation";
    default:
      return "other";
  }
}

/** Whether weight and bias are constants of single precision, for maps of two dimensions. */
function isPlainConv({ inputs: [, weight, bias = ""] }: OnnxNode, constants: Constants): boolean {
  const tensor = constants.get(weight);
  return tensor?.elementType === "float32" && tensor.shape.length === 4 && tensor.external === undefined &&
    elementCount(tensor.shape) > 0 && (bias === "" || constants.get(bias)?.elementType === "float32");
}

/** Whether a map is enlarged by constant factors, with the interpolation that int8 has too. */
function isPlainUpsample(node: OnnxNode, constants: Constants): boolean {
  const [, roi = "", scales = "", sizes = ""] = node.inputs;
  const values = floatsOf(constants.get(scales));
  return roi === "" && sizes === "" && values?.length === 4 && values[0] === 1 && values[1] === 1 &&
    ["linear", "nearest"].includes(attributeString(node, "mode") ?? "nearest") &&
    attributeInt(node, "antialias") !== 1;
}

/** The activation that a tensor goes through, where nothing else reads it. */
function activationOf(
  tensor: string,
  consumers: readonly OnnxNode[],
  readers: ReadonlyMap<string, readonly OnnxNode[]>,
  constants: Constants,
  returned: ReadonlySet<string>,
): { readonly activation: UnitActivation; readonly nodes: readonly OnnxNode[] } | undefined {
  const gate = consumers.find(({ operator }) => operator === "HardSigmoid" || operator === "Sigmoid");
  if (gate && isHardOrSmooth(gate)) {
    const hard = gate.operator === "HardSigmoid";
    const product = productOf(tensor, gate, readers, returned);
    const others = consumers.filter((node) => node !== gate && node !== product);
    if (product && others.length === 0) {
      return { activation: hard ? "h-swish" : "swish", nodes: [gate, product] };
    }
    return consumers.length === 1 ? { activation: hard ? "h-sigmoid" : "sigmoid", nodes: [gate] } : undefined;
  }
  if (consumers.length !== 1) return undefined;
  const [node] = consumers;
  switch (node.operator) {
    case "Relu":
      return { activation: "relu", nodes: [node] };
    case "Clip":
      return isZeroToSix(node, constants) ? { activation: "relu6", nodes: [node] } : undefined;
    case "HardSwish":
      return { activation: "h-swish", nodes: [node] };
    default:
      return undefined;
  }
}

/** The product of a tensor and its gate, where nothing else reads the gate. */
function productOf(
  tensor: string,
  gate: OnnxNode,
  readers: ReadonlyMap<string, readonly OnnxNode[]>,
  returned: ReadonlySet<string>,
): OnnxNode | undefined {
  const [output] = gate.outputs;
  const consumers = readers.get(output) ?? [];
  const [node] = consumers;
  if (consumers.length !== 1 || returned.has(output) || node.operator !== "Mul") return undefined;
  return node.inputs.length === 2 && node.inputs.includes(tensor) && node.inputs.includes(output)
    ? node
    : undefined;
}

/** Sigmoid, or the hard sigmoid of the MobileNets. */
function isHardOrSmooth({ operator, attributes: { alpha, beta } }: OnnxNode): boolean {
  if (operator === "Sigmoid") return true;
  return alpha?.type === "float" && Math.abs(alpha.value - 1 / 6) < 1e-6 &&
    (beta === undefined || beta.type === "float" && Math.abs(beta.value - 0.5) < 1e-6);
}

function isZeroToSix({ inputs: [, low = "", high = ""] }: OnnxNode, constants: Constants): boolean {
  return floatsOf(constants.get(low))?.[0] === 0 && floatsOf(constants.get(high))?.[0] === 6;
}

/** The numbers of a constant of single precision. */
export function floatsOf(tensor: OnnxTensor | undefined): Float32Array | undefined {
  if (tensor?.elementType !== "float32" || tensor.external !== undefined) return undefined;
  const bytes = tensor.data.byteOffset % 4 === 0 ? tensor.data : tensor.data.slice();
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** An integer attribute of a node. */
export function attributeInt({ attributes }: OnnxNode, name: string): number | undefined {
  const attribute = attributes[name];
  return attribute?.type === "int" ? attribute.value : undefined;
}

function attributeString({ attributes }: OnnxNode, name: string): string | undefined {
  const attribute = attributes[name];
  return attribute?.type === "string" ? attribute.value : undefined;
}
