/** ONNX files in a few words. */
import {
  encodeOnnx,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from "../../../core/onnx/mod.ts";

export const int = (value: number): OnnxAttribute => ({ type: "int", value });
export const ints = (...value: number[]): OnnxAttribute => ({ type: "ints", value });
export const text = (value: string): OnnxAttribute => ({ type: "string", value });
export const body = (value: OnnxGraph): OnnxAttribute => ({ type: "graph", value });

export function node(
  operator: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, OnnxAttribute> = {},
  more: Partial<OnnxNode> = {},
): OnnxNode {
  return { name: "", operator, domain: "", inputs, outputs, attributes, ...more };
}

export function floats(name: string, shape: number[], value = 0.5): OnnxTensor {
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(value);
  return { name, elementType: "float32", shape, data: new Uint8Array(data.buffer) };
}

export function bytes(name: string, elementType: "int8" | "uint8", shape: number[], value = 1): OnnxTensor {
  const data = new Uint8Array(shape.reduce((product, length) => product * length, 1)).fill(value);
  return { name, elementType, shape, data };
}

export function integers(name: string, shape: number[], ...values: number[]): OnnxTensor {
  const data = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return { name, elementType: "int64", shape, data };
}

export function truth(name: string): OnnxTensor {
  return { name, elementType: "bool", shape: [], data: Uint8Array.of(1) };
}

export function info(
  name: string,
  shape?: (number | string)[],
  elementType: OnnxValueInfo["elementType"] = "float32",
): OnnxValueInfo {
  return { name, elementType, shape };
}

export function graph(
  nodes: OnnxNode[],
  inputs: OnnxValueInfo[],
  outputs: OnnxValueInfo[],
  initializers: OnnxTensor[] = [],
): OnnxGraph {
  return { name: "g", nodes, inputs, outputs, initializers };
}

export function file(content: OnnxGraph, opsets: OnnxModel["opsets"] = { "": 17 }): Uint8Array {
  return encodeOnnx({ irVersion: 9, opsets, producer: "test", graph: content, metadata: {} });
}

/** A graph of one input, of a shape, whose run never ends. */
export function endless(shape: number[]): Uint8Array {
  const step = graph(
    [node("Relu", ["v"], ["v1"])],
    [info("i", [], "int64"), info("c", [], "bool"), info("v")],
    [info("c", [], "bool"), info("v1")],
  );
  return file(graph(
    [node("Loop", ["forever", "go", "x"], ["y"], { body: body(step) })],
    [info("x", shape)],
    [info("y")],
    [integers("forever", [], 2 ** 60), truth("go")],
  ));
}
