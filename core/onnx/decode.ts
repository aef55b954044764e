/** Reading ONNX files from any source. */
import { concatenate } from "../bytes.ts";
import { modelError } from "../errors.ts";
import { ELEMENT_TYPES, type ElementType } from "./model.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "./model.ts";
import {
  countPackedIntegers,
  type ProtoField,
  readFields,
  readFloats,
  readPackedIntegers,
  readText,
} from "./protobuf.ts";

/** The maximum nesting of sub-graphs; more would endanger the call stack. */
const MAX_DEPTH = 16;

/** The maximum number of parts of a graph: two bytes of a file make an empty node, which takes 200 bytes of memory. */
const MAX_PARTS = 1_000_000;

const ELEMENT_TYPE_NAMES = new Map<number, ElementType>(
  Object.entries(ELEMENT_TYPES).map(([name, number]) => [number, name as ElementType]),
);

/** Bytes per element; packed types and strings have none. */
const ELEMENT_BYTES: Partial<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
};

/**
 * Parses an `.onnx` file. Data that the file stores raw are views of `bytes`.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the file is truncated, its lengths are wrong, or it is not an ONNX model
 */
export function decodeOnnx(bytes: Uint8Array, name: string): OnnxModel {
  try {
    return readModel(bytes);
  } catch (error) {
    throw modelError(`cannot read ${name} as an ONNX model: ${(error as Error).message}`, error);
  }
}

function readModel(bytes: Uint8Array): OnnxModel {
  let irVersion = 0;
  let producer = "";
  let graph: OnnxGraph | undefined;
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  for (const field of readFields(bytes)) {
    if (field.number === 1) irVersion = integer(field);
    else if (field.number === 2) producer = text(field);
    else if (field.number === 7) graph = readGraph(message(field), 0);
    else if (field.number === 8) {
      let domain = "";
      let version = 0;
      for (const part of readFields(message(field))) {
        if (part.number === 1) domain = text(part);
        else if (part.number === 2) version = integer(part);
      }
      setOwn(opsets, domain === "ai.onnx" ? "" : domain, version);
    } else if (field.number === 14) {
      const { key, value } = readEntry(message(field));
      setOwn(metadata, key, value);
    }
  }
  if (!graph || irVersion === 0) throw modelError("it contains no graph");
  return { irVersion, opsets, producer, graph, metadata };
}

function readGraph(bytes: Uint8Array, depth: number): OnnxGraph {
  if (depth > MAX_DEPTH) throw modelError(`sub-graphs are nested more than ${MAX_DEPTH} deep`);
  let name = "";
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) nodes.push(readNode(message(field), depth));
    else if (field.number === 2) name = text(field);
    else if (field.number === 5) initializers.push(readTensor(message(field)));
    else if (field.number === 11) inputs.push(readValueInfo(message(field)));
    else if (field.number === 12) outputs.push(readValueInfo(message(field)));
    if (nodes.length + initializers.length + inputs.length + outputs.length > MAX_PARTS) {
      throw modelError(`the graph has more than ${MAX_PARTS} parts`);
    }
  }
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(bytes: Uint8Array, depth: number): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Record<string, OnnxAttribute> = {};
  let [name, operator, domain] = ["", "", ""];
  for (const field of readFields(bytes)) {
    if (field.number === 1) inputs.push(text(field));
    else if (field.number === 2) outputs.push(text(field));
    else if (field.number === 3) name = text(field);
    else if (field.number === 4) operator = text(field);
    else if (field.number === 5) {
      const [key, value] = readAttribute(message(field), depth);
      setOwn(attributes, key, value);
    } else if (field.number === 7) domain = text(field);
  }
  return { name, operator, domain: domain === "ai.onnx" ? "" : domain, inputs, outputs, attributes };
}

function readAttribute(bytes: Uint8Array, depth: number): [string, OnnxAttribute] {
  let name = "";
  let type = 0;
  let single: OnnxAttribute | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) name = text(field);
    else if (field.number === 2) single = { type: "float", value: readFloat(message(field)) };
    else if (field.number === 3) single = { type: "int", value: integer(field) };
    else if (field.number === 4) single = { type: "string", value: text(field) };
    else if (field.number === 5) single = { type: "tensor", value: readTensor(message(field)) };
    else if (field.number === 6) single = { type: "graph", value: readGraph(message(field), depth + 1) };
    else if (field.number === 7) { for (const value of readFloats(message(field))) floats.push(value); }
    else if (field.number === 8) { for (const value of integers(field)) ints.push(value); }
    else if (field.number === 9) strings.push(text(field));
    else if (field.number === 20) type = integer(field);
  }
  // The type field decides: proto3 writers omit zero scalars and empty lists.
  if (type === 1 && !single) single = { type: "float", value: 0 };
  if (type === 2 && !single) single = { type: "int", value: 0 };
  if (type === 3 && !single) single = { type: "string", value: "" };
  if (type === 6 || floats.length > 0) return [name, { type: "floats", value: floats }];
  if (type === 7 || ints.length > 0) return [name, { type: "ints", value: ints }];
  if (type === 8 || strings.length > 0) return [name, { type: "strings", value: strings }];
  return [name, single ?? { type: "unsupported" }];
}

function readTensor(bytes: Uint8Array): OnnxTensor {
  let name = "";
  let elementType: ElementType | `type ${number}` = "type 0";
  let raw: Uint8Array | undefined;
  const shape: number[] = [];
  const typed: ProtoField[] = [];
  const external: Record<string, string> = {};
  for (const field of readFields(bytes)) {
    if (field.number === 1) { for (const value of integers(field)) shape.push(value); }
    else if (field.number === 2) elementType = elementTypeName(integer(field));
    else if (field.number === 8) name = text(field);
    else if (field.number === 9) raw = message(field);
    else if ([4, 5, 7, 10, 11].includes(field.number)) typed.push(field);
    else if (field.number === 13) {
      const { key, value } = readEntry(message(field));
      setOwn(external, key, value);
    }
  }
  const elements = countElements(shape, name);
  if (Object.keys(external).length > 0) {
    return { name, elementType, shape, data: new Uint8Array(), external };
  }
  const size = ELEMENT_BYTES[elementType as ElementType];
  const data = raw ?? (size === undefined ? new Uint8Array() : packTyped(typed, elementType as ElementType));
  if (size !== undefined && data.length !== elements * size) {
    throw modelError(
      `tensor ${name} of shape [${shape}] (${elementType}) needs ${
        elements * size
      } bytes, but has ${data.length}`,
    );
  }
  return { name, elementType, shape, data };
}

function countElements(shape: readonly number[], name: string): number {
  const elements = shape.reduce((product, dimension) => product * dimension, 1);
  if (!Number.isSafeInteger(elements) || shape.some((dimension) => dimension < 0)) {
    throw modelError(`tensor ${name} has the invalid shape [${shape}]`);
  }
  return elements;
}

/** The elements of a tensor stored in a typed field (float_data, int32_data, …), as raw bytes. */
function packTyped(fields: readonly ProtoField[], elementType: ElementType): Uint8Array {
  if (elementType === "float32" || elementType === "float64") {
    return concatenate(fields.map((field) => message(field)));
  }
  const size = ELEMENT_BYTES[elementType]!;
  const count = fields.reduce((sum, { bytes }) => sum + (bytes ? countPackedIntegers(bytes) : 1), 0);
  const packed = new Uint8Array(count * size);
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const field of fields) {
    for (const value of integersOf(field)) {
      if (size === 8) view.setBigInt64(at, value, true);
      else if (size === 4) view.setInt32(at, Number(BigInt.asIntN(32, value)), true);
      else if (size === 2) view.setInt16(at, Number(BigInt.asIntN(16, value)), true);
      else view.setInt8(at, Number(BigInt.asIntN(8, value)));
      at += size;
    }
  }
  return packed;
}

function readValueInfo(bytes: Uint8Array): OnnxValueInfo {
  let name = "";
  let elementType: OnnxValueInfo["elementType"] = "type 0";
  let shape: (number | string)[] | undefined;
  for (const field of readFields(bytes)) {
    if (field.number === 1) name = text(field);
    if (field.number !== 2) continue;
    for (const kind of readFields(message(field))) {
      if (kind.number !== 1) continue;
      for (const part of readFields(message(kind))) {
        if (part.number === 1) elementType = elementTypeName(integer(part));
        else if (part.number === 2) shape = [...readDimensions(message(part))];
      }
    }
  }
  return { name, elementType, shape };
}

function* readDimensions(bytes: Uint8Array): Generator<number | string> {
  for (const dimension of readFields(bytes)) {
    let value: number | string = "";
    for (const part of readFields(message(dimension))) {
      if (part.number === 1) value = integer(part);
      else if (part.number === 2) value = text(part);
    }
    yield value;
  }
}

function readEntry(bytes: Uint8Array): { key: string; value: string } {
  let [key, value] = ["", ""];
  for (const part of readFields(bytes)) {
    if (part.number === 1) key = text(part);
    else if (part.number === 2) value = text(part);
  }
  return { key, value };
}

function elementTypeName(number: number): ElementType | `type ${number}` {
  return ELEMENT_TYPE_NAMES.get(number) ?? `type ${number}`;
}

function message(field: ProtoField): Uint8Array {
  if (!field.bytes) throw modelError(`field ${field.number} contains a number where bytes are expected`);
  return field.bytes;
}

/** Sets a property of any name, including `__proto__`. */
function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

function readFloat(bytes: Uint8Array): number {
  if (bytes.length !== 4) throw modelError(`a float has ${bytes.length} bytes`);
  return readFloats(bytes)[0];
}

function text(field: ProtoField): string {
  return readText(message(field));
}

function integer(field: ProtoField): number {
  if (field.integer === undefined) {
    throw modelError(`field ${field.number} contains bytes where a number is expected`);
  }
  return Number(BigInt.asIntN(64, field.integer));
}

function* integersOf(field: ProtoField): Generator<bigint> {
  if (field.bytes) yield* readPackedIntegers(field.bytes);
  else yield BigInt.asIntN(64, field.integer!);
}

function* integers(field: ProtoField): Generator<number> {
  for (const value of integersOf(field)) yield Number(value);
}
