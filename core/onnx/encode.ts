/** Writing ONNX files. */
import { ELEMENT_TYPES, type ElementType } from "./model.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "./model.ts";
import { ProtoWriter } from "./protobuf.ts";

/** `TensorProto.DataLocation` of external data. */
const EXTERNAL = 1;

/**
 * The bytes of an `.onnx` file.
 *
 * @throws {TypeError} if the model was read from a file and has parts that {@linkcode decodeOnnx} does not keep
 */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const file = new ProtoWriter();
  file.integer(1, model.irVersion);
  file.bytes(2, model.producer);
  file.message(7, (message) => writeGraph(message, model.graph));
  for (const [domain, version] of Object.entries(model.opsets)) {
    file.message(8, (opset) => {
      if (domain) opset.bytes(1, domain);
      opset.integer(2, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    file.message(14, (entry) => writeEntry(entry, key, value));
  }
  return file.finish();
}

function writeGraph(message: ProtoWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message.message(1, (child) => writeNode(child, node));
  message.bytes(2, graph.name);
  for (const tensor of graph.initializers) message.message(5, (child) => writeTensor(child, tensor));
  for (const input of graph.inputs) message.message(11, (child) => writeValueInfo(child, input));
  for (const output of graph.outputs) message.message(12, (child) => writeValueInfo(child, output));
}

function writeNode(message: ProtoWriter, node: OnnxNode): void {
  for (const input of node.inputs) message.bytes(1, input);
  for (const output of node.outputs) message.bytes(2, output);
  message.bytes(3, node.name);
  message.bytes(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message.message(5, (child) => writeAttribute(child, name, attribute));
  }
  if (node.domain) message.bytes(7, node.domain);
}

function writeAttribute(message: ProtoWriter, name: string, attribute: OnnxAttribute): void {
  message.bytes(1, name);
  switch (attribute.type) {
    case "float":
      message.float(2, attribute.value);
      return message.integer(20, 1);
    case "int":
      message.integer(3, attribute.value);
      return message.integer(20, 2);
    case "string":
      message.bytes(4, attribute.value);
      return message.integer(20, 3);
    case "tensor":
      message.message(5, (child) => writeTensor(child, attribute.value));
      return message.integer(20, 4);
    case "graph":
      message.message(6, (child) => writeGraph(child, attribute.value));
      return message.integer(20, 5);
    case "floats":
      message.floats(7, attribute.value);
      return message.integer(20, 6);
    case "ints":
      message.integers(8, attribute.value);
      return message.integer(20, 7);
    case "strings":
      attribute.value.forEach((value) => message.bytes(9, value));
      return message.integer(20, 8);
    case "unsupported":
      throw new TypeError(`cannot write the attribute ${name}, which decodeOnnx does not read`);
  }
}

function writeTensor(message: ProtoWriter, tensor: OnnxTensor): void {
  const { name, shape, elementType, data, external } = tensor;
  if (!external && data.length === 0 && !shape.includes(0)) {
    throw new TypeError(
      `cannot write the tensor ${name} (${elementType}), whose data decodeOnnx does not read`,
    );
  }
  message.integers(1, shape);
  message.integer(2, elementTypeNumber(elementType));
  message.bytes(8, name);
  if (!external) return message.bytes(9, data);
  for (const [key, value] of Object.entries(external)) {
    message.message(13, (entry) => writeEntry(entry, key, value));
  }
  message.integer(14, EXTERNAL);
}

function writeEntry(message: ProtoWriter, key: string, value: string): void {
  message.bytes(1, key);
  message.bytes(2, value);
}

function writeValueInfo(message: ProtoWriter, info: OnnxValueInfo): void {
  message.bytes(1, info.name);
  // onnxruntime finds out the type of what has none.
  if (elementTypeNumber(info.elementType) === 0) return;
  message.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, elementTypeNumber(info.elementType));
      if (info.shape) tensor.message(2, (shape) => writeDimensions(shape, info.shape!));
    }));
}

function writeDimensions(message: ProtoWriter, shape: readonly (number | string)[]): void {
  for (const dimension of shape) {
    message.message(1, (child) => {
      if (typeof dimension === "number") child.integer(1, dimension);
      else if (dimension) child.bytes(2, dimension);
    });
  }
}

function elementTypeNumber(type: ElementType | `type ${number}`): number {
  return type in ELEMENT_TYPES ? ELEMENT_TYPES[type as ElementType] : Number(type.slice("type ".length));
}
