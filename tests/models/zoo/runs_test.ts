/** @slow runs every network */
import assert from "node:assert/strict";
import {
  bindWeights,
  type Extent,
  type Graph,
  inferShapes,
  randomWeights,
  toOnnx,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import { type NetworkDefinition, networkGraph, networkInput, NETWORKS } from "../../../models/zoo/mod.ts";

/**
 * Each runs at its own size; those for street scenes at an eighth of it, or at what their fixed pooling window
 * needs.
 */
function sizeInTests({ size: [height, width] }: NetworkDefinition, graph: Graph): Extent {
  if (height <= 600) return [height, width];
  const eighth: Extent = [Math.ceil(height / 8), Math.ceil(width / 8)];
  try {
    inferShapes(graph, networkInput(eighth));
    return eighth;
  } catch (error) {
    assert.match(String(error), /the input is too small/);
    return [401, 401];
  }
}

/** The graph with every layer for an output, by the layer's name. */
function withEveryLayer(graph: Graph): Graph {
  const layers = graph.layers.filter((layer) => layer.operator.kind !== "input");
  return {
    ...graph,
    outputs: Object.fromEntries(layers.map((layer) => [layer.name, { layer, channels: 0 }])),
  };
}

for (const definition of NETWORKS) {
  Deno.test(`${definition.name} runs, and every layer has the shape inferred for it`, async () => {
    const graph = withEveryLayer(networkGraph(definition));
    const weights = bindWeights(graph, randomWeights(graph, 1), "random weights");
    const model = encodeOnnx(toOnnx(graph, weights).model);
    const session = await Session.open(model, definition.name, { optimization: "disabled" });

    const size = sizeInTests(definition, graph);
    const input = networkInput(size);
    const [[name, shape]] = Object.entries(input.shapes);
    const data = Float32Array.from({ length: 3 * size[0] * size[1] }, (_, i) => Math.sin(i * 0.37));
    const outputs = await session.run({ [name]: { shape, data } });
    await session.close();

    const shapes = inferShapes(graph, input);
    for (const [name, { layer }] of Object.entries(graph.outputs)) {
      assert.deepEqual(outputs[name].shape, shapes.get(layer), name);
    }
    const last = graph.layers[graph.layers.length - 1].name;
    const values = outputs[last].data as Float32Array;
    assert.ok(values.every((value) => Number.isFinite(value)));
    assert.ok(values.some((value) => value !== values[0]));
  });
}

Deno.test("rewriting a network for speed does not change what it returns", async () => {
  for (const definition of NETWORKS.filter(({ name }) => name.endsWith("mobilenet_v3_large"))) {
    const graph = networkGraph(definition);
    const model = encodeOnnx(
      toOnnx(graph, bindWeights(graph, randomWeights(graph, 2), "random weights")).model,
    );
    const size = [97, 65] as const;
    const data = Float32Array.from({ length: 3 * size[0] * size[1] }, (_, i) => Math.sin(i * 0.37));
    const results: Record<string, NamedTensor>[] = [];
    for (const optimization of ["disabled", "all"] as const) {
      const session = await Session.open(model, definition.name, { optimization });
      results.push(await session.run({ input: { shape: [1, 3, ...size], data } }));
      await session.close();
    }
    for (const [name, { data }] of Object.entries(results[0])) {
      const largest = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      data.forEach((value, index) => {
        const difference = Math.abs(Number(value) - Number(results[1][name].data[index]));
        assert.ok(difference <= 1e-4 * largest, `${definition.name} ${name}`);
      });
    }
  }
});
