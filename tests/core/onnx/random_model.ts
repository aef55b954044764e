/** Random ONNX models, valid as data though not as programs. */
import fc from "fast-check";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "../../../core/onnx/mod.ts";

/** Plain objects, as the reader makes them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("__proto__", "constructor", "größe", ""));
const integer = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, -1, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
/** The largest 64-bit integer reads as the double next to it. */
const attributeInteger = fc.oneof(integer, fc.constant(2 ** 63));
export const float32: fc.Arbitrary<number> = fc.float({ noNaN: true });
const dimension = fc.integer({ min: 0, max: 4 });

const tensor: fc.Arbitrary<OnnxTensor> = record({
  name: text,
  type: fc.constantFrom(
    ["float32", 4] as const,
    ["int64", 8] as const,
    ["uint8", 1] as const,
    ["float16", 2] as const,
  ),
  shape: fc.array(dimension, { maxLength: 3 }),
  seed: fc.nat(255),
}).map(({ name, type: [elementType, size], shape, seed }) => ({
  name,
  elementType,
  shape,
  data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, size) }, (_, i) => (i * 31 + seed) & 255),
}));

const externalTensor: fc.Arbitrary<OnnxTensor> = record({
  name: text,
  shape: fc.array(dimension, { maxLength: 3 }),
  location: text,
}).map(({ name, shape, location }) => ({
  name,
  elementType: "float32",
  shape,
  data: new Uint8Array(),
  external: { location, offset: "4096" },
}));

const valueInfo = record({
  name: text,
  elementType: fc.constantFrom("float32" as const, "uint8" as const, "int64" as const),
  shape: fc.option(fc.array(fc.oneof(dimension, text), { maxLength: 4 }), { nil: undefined }),
});

const { graph } = fc.letrec<{ graph: OnnxGraph; node: OnnxNode; attribute: OnnxAttribute }>((tie) => ({
  attribute: fc.oneof(
    { maxDepth: 2 },
    record({ type: fc.constant("float" as const), value: float32 }),
    record({ type: fc.constant("int" as const), value: attributeInteger }),
    record({ type: fc.constant("string" as const), value: text }),
    record({ type: fc.constant("floats" as const), value: fc.array(float32, { maxLength: 5 }) }),
    record({ type: fc.constant("ints" as const), value: fc.array(attributeInteger, { maxLength: 5 }) }),
    record({ type: fc.constant("strings" as const), value: fc.array(text, { maxLength: 3 }) }),
    record({ type: fc.constant("tensor" as const), value: tensor }),
    record({ type: fc.constant("graph" as const), value: tie("graph") }),
  ),
  node: record({
    name: text,
    operator: text,
    domain: fc.constantFrom("", "com.microsoft"),
    inputs: fc.array(text, { maxLength: 3 }),
    outputs: fc.array(text, { maxLength: 2 }),
    attributes: fc.dictionary(text, tie("attribute"), { maxKeys: 3, noNullPrototype: true }),
  }),
  graph: record({
    name: text,
    nodes: fc.array(tie("node"), { maxLength: 3, depthIdentifier: "graph" }),
    initializers: fc.array(fc.oneof(tensor, externalTensor), { maxLength: 2 }),
    inputs: fc.array(valueInfo, { maxLength: 2 }),
    outputs: fc.array(valueInfo, { maxLength: 2 }),
  }),
}));

/** Models with every kind of part that can be written. */
export const randomModel: fc.Arbitrary<OnnxModel> = record({
  irVersion: fc.integer({ min: 1, max: 12 }),
  opsets: fc.constantFrom<Record<string, number>>({ "": 20 }, { "": 13, "com.microsoft": 1 }),
  producer: text,
  graph,
  metadata: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
});
