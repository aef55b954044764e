import assert from "node:assert/strict";
import fc from "fast-check";
import { GraphBuilder, graphParameters, inferShapes, shapeOf } from "../../core/graph/mod.ts";
import { classifier, decodeClassifier } from "../../heads/mod.ts";
import { softmaxRows } from "./softmax.ts";

const read = (data: Float32Array, top: number) =>
  decodeClassifier({ logits: { shape: [1, data.length], data } }, { top });

Deno.test("the best classes come first, with their share of the softmax over all", () => {
  const logits = fc.float32Array({ minLength: 1, maxLength: 40, min: -30, max: 30, noNaN: true });
  fc.assert(fc.property(logits, fc.integer({ min: 0, max: 50 }), (data, top) => {
    const { count, classes, scores } = read(data, top);
    assert.equal(count, Math.min(top, data.length));
    const expected = [...data.keys()].sort((a, b) => data[b] - data[a] || a - b).slice(0, count);
    assert.deepEqual([...classes], expected);
    const probabilities = softmaxRows(data, data.length);
    scores.forEach((score, i) => assert.ok(Math.abs(score - probabilities[classes[i]]) < 1e-6));
  }));
});

Deno.test("huge logits do not overflow", () => {
  const { scores, classes } = read(Float32Array.of(1000, 3000, -3000), 2);
  assert.deepEqual([[...classes], [...scores]], [[1, 0], [1, 0]]);
});

function parametersOf(options: Parameters<typeof classifier>[0]) {
  const g = new GraphBuilder();
  const graph = g.finish(
    classifier(options).build(g, { C5: g.tensor("input", 960), C3: g.tensor("C3", 80) }),
  );
  const shapes = inferShapes(graph, { shapes: { input: [2, 960, 7, 7], C3: [2, 80, 14, 14] } });
  return {
    parameters: graphParameters(graph).map(({ name, shape }) => `${name} [${shape}]`),
    shape: shapeOf(shapes, graph.outputs.logits),
  };
}

Deno.test("a classifier is one linear layer on pooled features", () => {
  assert.deepEqual(parametersOf({ classes: 10 }), {
    parameters: ["classify.linear.weight [10,960,1,1]", "classify.linear.bias [10]"],
    shape: [2, 10],
  });
  assert.deepEqual(
    parametersOf({ classes: 10, features: "C3" }).parameters[0],
    "classify.linear.weight [10,80,1,1]",
  );
});

Deno.test("MobileNetV3's has a second one between, with bias and without BatchNorm", () => {
  assert.deepEqual(
    parametersOf({ classes: 10, last: { channels: 1280, activation: "h-swish" } }).parameters,
    [
      "classify.last.weight [1280,960,1,1]",
      "classify.last.bias [1280]",
      "classify.linear.weight [10,1280,1,1]",
      "classify.linear.bias [10]",
    ],
  );
});
