/**
 * ONNX files as plain data: the subset of `onnx.proto` used by inference graphs.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

/** Element types and their numbers in `TensorProto.DataType`. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** The name of an element type. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/** The value of a node's attribute, tagged with its type, since 1 and 1.0 differ in ONNX. */
export type OnnxAttribute =
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensor"; readonly value: OnnxTensor }
  | { readonly type: "graph"; readonly value: OnnxGraph }
  /** Something outside this subset (sparse tensors, lists of graphs), which cannot be written. */
  | { readonly type: "unsupported" };

/** One operator of a graph. An empty input name means that an optional input is omitted. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** Empty for the standard operator set. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A node of the standard operator set with one output, whose name it has, too. */
export function standardNode(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: OnnxNode["attributes"] = {},
): OnnxNode {
  return { name: output, operator, domain: "", inputs, outputs: [output], attributes };
}

/** A constant tensor: its elements as little-endian bytes in row-major order. */
export interface OnnxTensor {
  readonly name: string;
  readonly elementType: ElementType | `type ${number}`;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  /** Set if the elements are external data, in a file beside the model. */
  readonly external?: Readonly<Record<string, string>>;
}

/** The name and type of an input or output. A dimension is a number, a symbol, or "" if it is unknown. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly elementType: ElementType | `type ${number}`;
  /** Absent if even the rank is unknown. */
  readonly shape?: readonly (number | string)[];
}

/** A graph: nodes in topological order. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** A complete file. */
export interface OnnxModel {
  readonly irVersion: number;
  /** Version by domain; "" is the standard domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}
