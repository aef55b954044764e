import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bindWeights,
  type Graph,
  GraphBuilder,
  type LoweringOptions,
  randomWeights,
  toOnnx,
  type Value,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import { randomGraph } from "./random_graph.ts";

function lowered(graph: Graph, options?: LoweringOptions) {
  return toOnnx(graph, bindWeights(graph, randomWeights(graph, 1), "random weights"), options);
}

async function run(graph: Graph, inputs: Record<string, NamedTensor>, options?: LoweringOptions) {
  const session = await Session.open(encodeOnnx(lowered(graph, options).model), "a small graph");
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}

/** Runs one layer on a map `[1, C, h, w]` with the numbers 0, 1, 2, … */
async function runLayer(shape: readonly number[], build: (g: GraphBuilder, x: Value) => Value) {
  const g = new GraphBuilder();
  const graph = g.finish({ out: build(g, g.tensor("input", shape[1])) });
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i);
  return (await run(graph, { input: { shape, data } })).out;
}

Deno.test("every tensor of the file belongs to a layer, and every layer's tensor has its name", () => {
  fc.assert(
    fc.property(randomGraph, ({ graph }) => {
      const { model, tensorLayers } = lowered(graph);
      const { nodes, inputs, outputs } = model.graph;
      const tensors = [...nodes.flatMap((node) => node.outputs), ...inputs.map((input) => input.name)];
      assert.equal(new Set(tensors).size, tensors.length);
      for (const tensor of tensors) assert.ok(graph.layers.includes(tensorLayers.get(tensor)!), tensor);
      assert.equal(tensorLayers.size, tensors.length);
      for (const layer of graph.layers) assert.equal(tensorLayers.get(layer.name), layer);
      assert.deepEqual(outputs.map((output) => output.name), Object.keys(graph.outputs));
    }),
  );
});

Deno.test("nodes are named after what they return, and read only what is there", () => {
  fc.assert(
    fc.property(randomGraph, ({ graph }) => {
      const { nodes, inputs, initializers } = lowered(graph).model.graph;
      const known = new Set([
        "",
        ...inputs.map((input) => input.name),
        ...initializers.map(({ name }) => name),
      ]);
      for (const node of nodes) {
        assert.equal(node.name, node.outputs[0]);
        for (const input of node.inputs) assert.ok(known.has(input), `${node.name} reads ${input}`);
        node.outputs.forEach((output) => known.add(output));
      }
    }),
  );
});

Deno.test("an output may have another name than its layer, and a layer two outputs", async () => {
  const g = new GraphBuilder();
  const twice = g.scale("twice", g.tensor("input", 1), 2);
  const graph = g.finish({ twice, also: twice });
  const { twice: first, also } = await run(graph, {
    input: { shape: [1, 1, 1, 2], data: Float32Array.of(3, 4) },
  });
  assert.deepEqual([...first.data], [6, 8]);
  assert.deepEqual(also, first);
});

Deno.test("names that would stand for two tensors are refused", () => {
  const refused = (build: (g: GraphBuilder, x: Value) => Record<string, Value>) => {
    const g = new GraphBuilder();
    const graph = g.finish(build(g, g.tensor("input", 2)));
    assert.throws(() => lowered(graph), /duplicate tensor name/);
  };
  refused((g, x) => {
    const stem = g.scale("stem", x, 2);
    return { stem: g.scale("twice", stem, 2) };
  });
  refused((g, x) => {
    const stem = g.conv(x, { name: "stem", channels: 2, kernel: 1, activation: "relu" });
    return { out: g.scale("stem.conv", stem, 2) };
  });
  refused((g, x) => ({
    out: g.conv(g.scale("stem.weight", x, 2), { name: "stem", channels: 2, kernel: 1 }),
  }));
});

Deno.test("h-swish is written so that onnxruntime fuses it, under the layer's name", () => {
  const g = new GraphBuilder();
  const stem = g.conv(g.tensor("input", 1), { name: "stem", channels: 1, kernel: 1, activation: "h-swish" });
  const { nodes } = lowered(g.finish({ stem })).model.graph;
  assert.deepEqual(nodes.map((node) => `${node.operator} ${node.inputs.slice(0, 2)} → ${node.outputs}`), [
    "Conv input,stem.weight → stem.conv",
    "HardSigmoid stem.conv → stem.gate",
    "Mul stem.conv,stem.gate → stem",
  ]);
});

Deno.test("activations are what their papers define, in both forms", async () => {
  const relu6 = (x: number) => Math.min(Math.max(x, 0), 6);
  const definitions = {
    relu: (x: number) => Math.max(x, 0),
    relu6,
    sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
    "h-sigmoid": (x: number) => relu6(x + 3) / 6,
    "h-swish": (x: number) => x * relu6(x + 3) / 6,
  } as const;
  const data = Float32Array.from({ length: 41 }, (_, i) => (i - 20) / 2);
  for (const [name, definition] of Object.entries(definitions)) {
    const g = new GraphBuilder();
    const x = g.tensor("input", 1);
    const graph = g.finish({ out: g.activation("layer", x, name as keyof typeof definitions) });
    for (const options of [{}, { sixth: 1 / 6 }]) {
      const { out } = await run(graph, { input: { shape: [1, 1, 1, 41], data } }, options);
      data.forEach((value, index) => {
        const difference = Math.abs(Number(out.data[index]) - definition(value));
        assert.ok(difference < 1e-5, `${name}(${value}) is ${out.data[index]}`);
      });
    }
  }
});

Deno.test("one file takes any size and any batch", async () => {
  const g = new GraphBuilder();
  const x = g.conv(g.tensor("input", 3), {
    name: "stem",
    channels: 4,
    kernel: 3,
    stride: 2,
    padding: "same",
  });
  const up = g.resize("up", x, { like: g.tensor("input", 3) });
  const graph = g.finish({ up, mean: g.flatten("mean", g.globalAveragePool("pool", x)) });
  const session = await Session.open(encodeOnnx(lowered(graph).model), "a small graph");
  for (const [batch, height, width] of [[1, 8, 8], [1, 5, 13], [3, 16, 7]]) {
    const data = new Float32Array(batch * 3 * height * width);
    const outputs = await session.run({ input: { shape: [batch, 3, height, width], data } });
    assert.deepEqual(outputs.up.shape, [batch, 4, height, width]);
    assert.deepEqual(outputs.mean.shape, [batch, 4]);
  }
  await session.close();
});

Deno.test("the raw image is made planar and normalised", async () => {
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "none", mean: [10, 20, 30], std: [2, 4, 5] });
  const data = Uint8Array.of(12, 24, 35, 10, 20, 30, 0, 0, 0, 14, 60, 255);
  const { out } = await run(g.finish({ out: image }), { image: { shape: [1, 2, 2, 3], data } });
  assert.deepEqual(out.shape, [1, 3, 2, 2]);
  [1, 0, -5, 2, 1, 0, -5, 10, 1, 0, -6, 45].forEach((value, index) =>
    assert.ok(Math.abs(Number(out.data[index]) - value) < 1e-5, `${index}: ${out.data[index]}`)
  );
});

Deno.test("anchor rows run over cells, then over the anchors of a cell", async () => {
  // Channel a · 3 + k is column k of anchor a.
  const { shape, data } = await runLayer([1, 6, 1, 2], (g, x) => g.anchorRows("rows", x, 3));
  assert.deepEqual(shape, [1, 4, 3]);
  assert.deepEqual([...data], [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
});

Deno.test("moving down mixes every row with the one above it, and the first with itself", async () => {
  const { data } = await runLayer([1, 1, 3, 2], (g, x) => g.shiftDown("down", x, 0.25));
  assert.deepEqual([...data], [0, 1, 1.5, 2.5, 3.5, 4.5]);
});

Deno.test("a gate of [N, C, 1, 1] scales each channel", async () => {
  const { data } = await runLayer(
    [1, 2, 1, 2],
    (g, x) => g.multiply("gate", x, g.globalAveragePool("mean", x)),
  );
  assert.deepEqual([...data], [0, 0.5, 5, 7.5]);
});

Deno.test("outputs declare what is known of their shapes", () => {
  const g = new GraphBuilder();
  const x = g.tensor("input", 6);
  const rows = g.softmax(
    "softmax",
    g.concat("concat", [g.anchorRows("a", x, 3), g.anchorRows("b", x, 3)]),
    2,
  );
  const graph = g.finish({ map: g.scale("twice", x, 2), rows, flat: g.flatten("flat", x) });
  assert.deepEqual(lowered(graph).model.graph.outputs.map(({ name, shape }) => [name, shape]), [
    ["map", ["batch", 6, "", ""]],
    ["rows", ["batch", "", ""]],
    ["flat", ["batch", ""]],
  ]);
});

Deno.test("metadata travels in the file", () => {
  const g = new GraphBuilder();
  const graph = g.finish({ out: g.scale("twice", g.tensor("input", 1), 2) });
  assert.deepEqual(lowered(graph, { metadata: { licence: "MIT" } }).model.metadata, { licence: "MIT" });
});
