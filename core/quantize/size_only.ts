/** Weights in eight bits for networks that compute in float: a quarter of the size, on processors where int8 is no faster. */
import { type OnnxModel, type OnnxNode, type OnnxTensor, renameInputs, standardNode } from "../onnx/mod.ts";
import { elementCount } from "../weights/tensor.ts";
import { floatsOf } from "./units.ts";
import { quantizeConv } from "./weights.ts";

/** `TensorProto.DataType` of single precision. */
const FLOAT32 = 1;

/** Weights with fewer elements stay as they are. */
const MIN_ELEMENTS = 256;

/**
 * Stores the weights of convolutions as signed bytes with a scale for each output channel. onnxruntime makes floats of them
 * once, when the model is loaded.
 */
export function withInt8Weights(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const convolved = new Set(
    graph.nodes.filter(({ operator }) => operator === "Conv").map(({ inputs }) => inputs[1]),
  );
  const initializers: OnnxTensor[] = [];
  const nodes: OnnxNode[] = [];
  const renamed = new Map<string, string>();
  for (const tensor of graph.initializers) {
    const { name, shape } = tensor;
    const weight = convolved.has(name) ? floatsOf(tensor) : undefined;
    if (!weight || shape.length < 2 || elementCount(shape) < MIN_ELEMENTS) {
      initializers.push(tensor);
      continue;
    }
    const { weight: bytes, scales } = quantizeConv(weight, undefined, shape[0], 1);
    initializers.push(
      { ...tensor, elementType: "int8", data: new Uint8Array(bytes.buffer) },
      {
        name: `${name}.scales`,
        elementType: "float32",
        shape: [shape[0], ...shape.slice(1).fill(1)],
        data: new Uint8Array(scales.buffer),
      },
    );
    nodes.push(
      standardNode("Cast", [name], `${name}.whole`, { to: { type: "int", value: FLOAT32 } }),
      standardNode("Mul", [`${name}.whole`, `${name}.scales`], `${name}.float`),
    );
    renamed.set(name, `${name}.float`);
  }
  const rest = renameInputs(graph.nodes, renamed);
  return { ...model, graph: { ...graph, initializers, nodes: [...nodes, ...rest] } };
}
