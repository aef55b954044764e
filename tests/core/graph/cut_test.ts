import assert from "node:assert/strict";
import {
  bindWeights,
  cutGraph,
  frontier,
  GraphBuilder,
  inferShapes,
  randomWeights,
  toOnnx,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import { noise } from "./finite_differences.ts";

/** A trunk of two convolutions, and a head that reads both. */
function network() {
  const g = new GraphBuilder();
  const x = g.tensor("x", 3);
  const low = g.conv(x, { name: "trunk.a", channels: 4, kernel: 3, activation: "relu" });
  const wide = g.conv(low, { name: "trunk.wide", channels: 9, kernel: 1, activation: "h-swish" });
  const high = g.conv(low, { name: "trunk.b", channels: 6, kernel: 3, stride: 2, activation: "relu" });
  const gate = g.conv(g.globalAveragePool("mean", high), { name: "head.gate", channels: 5, kernel: 1 });
  const reduced = g.multiply("gated", g.conv(high, { name: "head.reduce", channels: 5, kernel: 1 }), gate);
  const up = g.resize("up", reduced, { like: low });
  return g.finish({ out: g.add("sum", up, g.conv(wide, { name: "head.low", channels: 5, kernel: 1 })) });
}

async function run(onnx: Uint8Array, feeds: Record<string, NamedTensor>) {
  const session = await Session.open(onnx, "a part");
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

Deno.test("a network is cut where learning begins, and its parts give what the whole gives", async () => {
  const graph = network();
  const cuts = frontier(graph, ({ scope }) => scope.startsWith("head."));
  // Not the widening 1×1 convolution but what it reads, and not the mean of a map beside the map.
  assert.deepEqual(cuts.map(({ layer }) => layer.name).toSorted(), ["trunk.a", "trunk.b"]);
  const { before, after } = cutGraph(graph, Object.fromEntries(cuts.map((value, i) => [`cut.${i}`, value])));
  assert.deepEqual(after.layers.map(({ scope }) => scope).filter((scope) => scope.startsWith("trunk.")), [
    "trunk.wide",
  ]);
  assert.ok(inferShapes(before, { shapes: { x: [1, 3, 8, 10] } }).size > 0);

  const source = randomWeights(graph, 5);
  const parts = [graph, before, after].map((part) =>
    encodeOnnx(toOnnx(part, bindWeights(part, source, "test")).model)
  );
  const x = { shape: [1, 3, 8, 10], data: noise(240, 1) };
  const [whole] = [await run(parts[0], { x })];
  const cut = await run(parts[2], await run(parts[1], { x }));
  cut.out.data.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(whole.out.data[i])) < 1e-5));
});

Deno.test("where everything learns, the cut is at the inputs", () => {
  const graph = network();
  assert.deepEqual(frontier(graph, () => true).map(({ layer }) => layer.name), ["x"]);
});
