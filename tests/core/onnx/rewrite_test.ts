import assert from "node:assert/strict";
import {
  encodeOnnx,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  withComputedInput,
  withConstantInput,
  withHalfWeights,
  withInputAt,
} from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";

function node(operator: string, inputs: string[], output: string): OnnxNode {
  return { name: output, operator, domain: "", inputs, outputs: [output], attributes: {} };
}

function floats(name: string, values: number[]): OnnxTensor {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { name, elementType: "float32", shape: [values.length], data };
}

const WEIGHTS = Array.from({ length: 32 }, (_, i) => i / 8 - 2);

/** y = (a · b + small) · weights */
const MODEL: OnnxModel = {
  irVersion: 9,
  opsets: { "": 20 },
  producer: "test",
  graph: {
    name: "test",
    nodes: [
      node("Mul", ["a", "b"], "product"),
      node("Add", ["product", "small"], "sum"),
      node("Mul", ["sum", "weights"], "y"),
    ],
    initializers: [floats("small", [1]), floats("weights", WEIGHTS)],
    inputs: ["a", "b"].map((name) => ({ name, elementType: "float32" as const, shape: [1] })),
    outputs: [{ name: "y", elementType: "float32", shape: [32] }],
  },
  metadata: {},
};

async function run(model: OnnxModel, feeds: Record<string, number>): Promise<number[]> {
  const session = await Session.open(encodeOnnx(model), "the model under test");
  const { y } = await session.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, value]) => [name, { shape: [1], data: Float32Array.of(value) }]),
    ),
  );
  await session.close();
  return [...y.data as Float32Array];
}

const expected = (sum: number) => WEIGHTS.map((weight) => weight * sum);

Deno.test("an input that becomes a constant is no longer asked for", async () => {
  assert.deepEqual(await run(withConstantInput(MODEL, floats("b", [3])), { a: 2 }), expected(7));
});

Deno.test("an input can be computed from another", async () => {
  const model = withComputedInput(MODEL, "b", [node("Add", ["a", "one"], "b")], [floats("one", [1])]);
  assert.deepEqual(await run(model, { a: 2 }), expected(7));
});

Deno.test("what comes before a new input is cut off, with its constants", async () => {
  const model = withInputAt(MODEL, "sum", { name: "x", elementType: "float32", shape: [1] });
  assert.deepEqual(await run(model, { x: 5 }), expected(5));
  assert.deepEqual(model.graph.initializers.map(({ name }) => name), ["weights"]);
  assert.equal(model.graph.nodes.length, 1);
});

Deno.test("only what is large, and fits, is stored in half precision", async () => {
  const half = withHalfWeights(MODEL);
  assert.deepEqual(half.graph.initializers.map(({ elementType }) => elementType), ["float32", "float16"]);
  assert.deepEqual(await run(half, { a: 2, b: 3 }), expected(7));
  const { graph } = MODEL;
  const huge = withHalfWeights({
    ...MODEL,
    graph: { ...graph, initializers: [floats("small", [1]), floats("weights", WEIGHTS.map((w) => w * 1e5))] },
  });
  assert.ok(huge.graph.initializers.every(({ elementType }) => elementType === "float32"));
});
