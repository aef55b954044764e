import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { decodeOnnx, encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import { ProtoWriter } from "../../../core/onnx/protobuf.ts";
import { randomModel } from "./random_model.ts";

Deno.test("what is written reads back the same", () => {
  fc.assert(fc.property(randomModel, (model) => {
    assert.deepEqual(decodeOnnx(encodeOnnx(model), "a model"), model);
  }));
});

Deno.test("what was read is written as the same bytes", () => {
  fc.assert(fc.property(randomModel, (model) => {
    const bytes = encodeOnnx(model);
    assert.deepEqual(encodeOnnx(decodeOnnx(bytes, "a model")), bytes);
  }));
});

/** Damage to a file: bytes changed, cut off, or put in. */
const damage = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("set" as const), at: fc.nat(), byte: fc.nat(255) }),
    fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
    fc.record({
      kind: fc.constant("insert" as const),
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 12 }),
    }),
  ),
  { minLength: 1, maxLength: 4 },
);

function damaged(
  bytes: Uint8Array,
  changes: typeof damage extends fc.Arbitrary<infer T> ? T : never,
): Uint8Array {
  let result = bytes;
  for (const change of changes) {
    const at = change.at % (result.length + 1);
    if (change.kind === "cut") result = result.slice(0, at);
    else if (change.kind === "insert") {
      result = Uint8Array.of(...result.subarray(0, at), ...change.bytes, ...result.subarray(at));
    } else {
      result = result.slice();
      result[at] = change.byte;
    }
  }
  return result;
}

/** Reads bytes that may be anything; whatever is wrong with them must have been noticed, not stumbled over. */
function readHostile(bytes: Uint8Array): OnnxModel | undefined {
  try {
    return decodeOnnx(bytes, "damaged.onnx");
  } catch (error) {
    assert.ok(error instanceof BneckError && error.cause instanceof BneckError, String(error));
    assert.equal(error.exitStatus, ExitStatus.unusableModel);
    assert.match(error.message, /^cannot read damaged\.onnx as an ONNX model: /);
    return undefined;
  }
}

Deno.test("damaged files are read or refused, and what was read can be written", () => {
  fc.assert(
    fc.property(randomModel, damage, (model, changes) => {
      const read = readHostile(damaged(encodeOnnx(model), changes));
      if (!read) return;
      try {
        encodeOnnx(read);
      } catch (error) {
        // Parts that the reader leaves out are not written as something else.
        assert.match(String(error), /TypeError: cannot write the (tensor|attribute) /s);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("files of any bytes are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readHostile(bytes);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("refusals say what is wrong", () => {
  const refused = (bytes: Uint8Array, pattern: RegExp) => {
    assert.throws(() => decodeOnnx(bytes, "x.onnx"), pattern);
  };
  const model = encodeOnnx(smallModel());
  refused(new Uint8Array(), /cannot read x\.onnx as an ONNX model: it contains no graph/);
  refused(new TextEncoder().encode("<!DOCTYPE html>"), /not a protobuf message|truncated/);
  refused(
    model.subarray(0, model.length - 10),
    /truncated protobuf message: \d+ bytes expected at byte \d+/,
  );
  refused(
    encodeOnnx(smallModel({ shape: [2, 2], data: new Uint8Array(12) })),
    /tensor weight of shape \[2,2\] \(float32\) needs 16 bytes, but has 12/,
  );
  refused(
    encodeOnnx(smallModel({ shape: [-1], data: new Uint8Array(4) })),
    /tensor weight has the invalid shape \[-1\]/,
  );
  refused(
    encodeOnnx(smallModel({ shape: [2 ** 31, 2 ** 31], data: new Uint8Array(4) })),
    /tensor weight has the invalid shape/,
  );
});

Deno.test("sub-graphs may be nested, but not without end", () => {
  const nested = (depth: number): OnnxModel => {
    let graph = smallModel().graph;
    for (let i = 0; i < depth; i++) {
      const attributes = { body: { type: "graph", value: graph } } as const;
      graph = { ...graph, nodes: [{ ...graph.nodes[0], attributes }] };
    }
    return { ...smallModel(), graph };
  };
  assert.deepEqual(decodeOnnx(encodeOnnx(nested(16)), "x"), nested(16));
  assert.throws(() => decodeOnnx(encodeOnnx(nested(17)), "x"), /sub-graphs are nested more than 16 deep/);
});

Deno.test("a graph of millions of empty nodes is refused before it fills the memory", () => {
  const node = Uint8Array.of(0x0a, 0);
  const graph = new Uint8Array(2 * 1_200_000);
  for (let at = 0; at < graph.length; at += 2) graph.set(node, at);
  const file = new ProtoWriter();
  file.integer(1, 9);
  file.bytes(7, graph);
  assert.throws(() => decodeOnnx(file.finish(), "x"), /more than 1000000 parts/);
});

Deno.test("lists in an attribute may be as long as they like", () => {
  const value = Array.from({ length: 300_000 }, (_, i) => i);
  const [node] = smallModel().graph.nodes;
  for (const type of ["floats", "ints"] as const) {
    const nodes = [{ ...node, attributes: { list: { type, value } } }];
    const model = { ...smallModel(), graph: { ...smallModel().graph, nodes } };
    assert.deepEqual(decodeOnnx(encodeOnnx(model), "x").graph.nodes[0].attributes.list, { type, value });
  }
});

Deno.test("tensors in typed fields are read as raw bytes", () => {
  const read = (type: number, write: (tensor: ProtoWriter) => void) => {
    const file = new ProtoWriter();
    file.integer(1, 9);
    file.message(7, (graph) =>
      graph.message(5, (tensor) => {
        tensor.integers(1, [3]);
        tensor.integer(2, type);
        write(tensor);
      }));
    return decodeOnnx(file.finish(), "x").graph.initializers[0];
  };
  const values = [1, -2, 3];
  const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer);
  const int8 = read(3, (tensor) => tensor.integers(5, values));
  assert.deepEqual([int8.elementType, int8.data], ["int8", bytes(Int8Array.from(values))]);
  const int32 = read(6, (tensor) => tensor.integers(5, values));
  assert.deepEqual([int32.elementType, int32.data], ["int32", bytes(Int32Array.from(values))]);
  const int64 = read(7, (tensor) => values.forEach((value) => tensor.integer(7, value)));
  assert.deepEqual([int64.elementType, int64.data], ["int64", bytes(BigInt64Array.from(values, BigInt))]);
  const float16 = read(10, (tensor) => tensor.integers(5, [0x3c00, 0xc000, 0x4200]));
  assert.deepEqual(float16.data, bytes(Uint16Array.of(0x3c00, 0xc000, 0x4200)));
  const float32 = read(1, (tensor) => tensor.floats(4, values));
  assert.deepEqual([float32.elementType, float32.data], ["float32", bytes(Float32Array.from(values))]);
});

Deno.test("text elements are left out and are not written as something else", () => {
  const file = new ProtoWriter();
  file.integer(1, 9);
  file.message(7, (graph) =>
    graph.message(5, (tensor) => {
      tensor.integers(1, [1]);
      tensor.integer(2, 8);
      tensor.bytes(6, "a label");
      tensor.bytes(8, "labels");
    }));
  const model = decodeOnnx(file.finish(), "x");
  assert.equal(model.graph.initializers[0].elementType, "string");
  assert.throws(() => encodeOnnx(model), /cannot write the tensor labels \(string\)/);
});

function smallModel(tensor = { shape: [1], data: new Uint8Array(4) }): OnnxModel {
  const node = {
    name: "n",
    operator: "Relu",
    domain: "",
    inputs: ["x"],
    outputs: ["y"],
    attributes: {},
  };
  return {
    irVersion: 9,
    opsets: { "": 20 },
    producer: "test",
    graph: {
      name: "g",
      nodes: [node],
      initializers: [{ name: "weight", elementType: "float32", ...tensor }],
      inputs: [],
      outputs: [],
    },
    metadata: {},
  };
}
