import assert from "node:assert/strict";
import { type Extent, type Graph, GraphBuilder } from "../../../core/graph/mod.ts";
import { bindWeights, randomWeights, toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";

/** A block with a gate, and a product of two maps. */
function gated(): Graph {
  const g = new GraphBuilder();
  const map = g.conv(g.tensor("input", 3), { name: "stem", channels: 16, kernel: 3, activation: "h-swish" });
  const gate = g.conv(g.globalAveragePool("pool", map), {
    name: "gate",
    channels: 16,
    kernel: 1,
    activation: "h-sigmoid",
  });
  const scaled = g.multiply("scaled", map, gate);
  return g.finish({ result: g.multiply("result", scaled, map) });
}

function lower(graph: Graph, size?: Extent) {
  return toOnnx(graph, bindWeights(graph, randomWeights(graph, 1), "test"), { size });
}

async function resultOf(graph: Graph, size?: Extent): Promise<Float32Array> {
  const session = await Session.open(encodeOnnx(lower(graph, size).model), "test");
  const data = Float32Array.from({ length: 3 * 6 * 9 }, (_, i) => Math.sin(i * 0.7));
  const { result } = await session.run({ input: { shape: [1, 3, 6, 9], data } });
  await session.close();
  return result.data as Float32Array;
}

Deno.test("a gate is enlarged to the map that it scales where the size is known, and the product is the same", async () => {
  const graph = gated();
  const { model, tensorLayers } = lower(graph, [6, 9]);
  const enlarging = model.graph.nodes.filter(({ operator }) => operator === "Resize");
  assert.deepEqual(enlarging.map(({ name }) => name), ["scaled.enlarged"]);
  assert.equal(tensorLayers.get("scaled.enlarged")?.name, "scaled");
  assert.deepEqual(await resultOf(graph, [6, 9]), await resultOf(graph));
});

Deno.test("a gate stays as it is where the size is open, or the map is a single cell", () => {
  const resizes = (size?: Extent) =>
    lower(gated(), size).model.graph.nodes.filter(({ operator }) => operator === "Resize").length;
  assert.equal(resizes(), 0);
  assert.equal(resizes([1, 1]), 0);
});
