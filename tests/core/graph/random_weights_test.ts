import assert from "node:assert/strict";
import { GraphBuilder, graphParameters, randomWeights } from "../../../core/graph/mod.ts";

function wideGraph() {
  const g = new GraphBuilder();
  const batchNorm = { epsilon: 1e-3 };
  const expand = g.conv(g.tensor("x", 64), {
    name: "a",
    channels: 256,
    kernel: 3,
    batchNorm,
    activation: "relu",
  });
  return g.finish({ b: g.conv(expand, { name: "b", channels: 64, kernel: 1 }) });
}

function statistics(data: Float32Array) {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return { mean, variance };
}

Deno.test("convolutions get He's variance, those without a nonlinearity half of it", () => {
  const source = randomWeights(wideGraph(), 3);
  const close = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual / expected - 1) < 0.02, `${actual} is not about ${expected}`);
  close(statistics(source("a.weight")!.data).variance, 2 / (64 * 9));
  close(statistics(source("b.weight")!.data).variance, 1 / 256);
  assert.ok(Math.abs(statistics(source("a.weight")!.data).mean) < 1e-3);
});

Deno.test("BatchNorm's statistics are those of a trained network: variances are positive, scales near 1", () => {
  const source = randomWeights(wideGraph(), 3);
  const within = (name: string, low: number, high: number) =>
    assert.ok(source(name)!.data.every((value) => value >= low && value <= high), name);
  within("a.batch_norm.running_var", 0.5, 1.5);
  within("a.batch_norm.weight", 0.75, 1.25);
  within("a.batch_norm.bias", -0.1, 0.1);
  within("a.batch_norm.running_mean", -0.1, 0.1);
});

Deno.test("weights depend on the seed and on the name of their parameter, and on nothing else", () => {
  const graph = wideGraph();
  const seen = new Set<number>();
  for (const { name, shape } of graphParameters(graph)) {
    const once = randomWeights(graph, 7)(name)!;
    assert.deepEqual(once.shape, shape);
    assert.deepEqual(randomWeights(wideGraph(), 7)(name)!.data, once.data);
    assert.notDeepEqual(randomWeights(graph, 8)(name)!.data, once.data);
    seen.add(once.data[0]);
  }
  assert.equal(seen.size, graphParameters(graph).length);
  assert.equal(randomWeights(graph, 7)("nothing.weight"), undefined);
});

Deno.test("the numbers are these on every machine", () => {
  const [first, second, third] = randomWeights(wideGraph(), 1)("a.weight")!.data;
  assert.deepEqual([first, second, third], [0.07429331541061401, -0.08278904110193253, 0.03827408701181412]);
});
